package io.pageproxy.dest.pagemap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pageproxy.dest.images.PagemapWriter;
import io.pageproxy.dest.images.Run;
import io.pageproxy.pagestream.PageFlags;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PagemapReaderTest {
    /** Written by real page servers that had received {@link #SENT}. */
    private static final String BY_CRIU_4_1_1 =
            "19435654254008560400000008838004"
                    + "070000000880201001200407000000088040100220060800000008808001100220"
                    + "01";

    private static final String BY_CRIU_4_2_1 =
            "19435654254008560400000008838004"
                    + "09000000088020100020042801090000000880401000200628020a000000088080"
                    + "011000200128"
                    + "02";

    private static final List<Run> SENT =
            List.of(
                    Run.present(0x1000, 1),
                    new Run(PageFlags.PRESENT | PageFlags.LAZY, 0x2000, 2),
                    new Run(PageFlags.PARENT, 0x4000, 2));

    @TempDir private Path folder;
    private final List<Run> runs = new ArrayList<>();
    private final PagemapReader reader = new PagemapReader();

    @ParameterizedTest
    @ValueSource(strings = {BY_CRIU_4_1_1, BY_CRIU_4_2_1})
    void imagesOfRealPageServersAreRead(String hex) throws IOException {
        assertThat(read(HexFormat.of().parseHex(hex))).isEqualTo(0x10003);
        assertThat(runs).isEqualTo(SENT);
    }

    /** Dumps of a sleeping process; their pages images had 122,880 bytes. */
    @ParameterizedTest
    @CsvSource({"criu-4.1.1-sleep-pagemap.img, 12", "criu-4.2.1-sleep-pagemap.img, 12"})
    void pageCountsOfRealDumpsMatchTheirPagesImages(String resource, int entries)
            throws IOException {
        try (InputStream in = getClass().getResourceAsStream(resource)) {
            assertThat(read(in.readAllBytes())).isEqualTo(1);
        }
        assertThat(runs).hasSize(entries);
        assertThat(Run.presentPages(runs) * Run.PAGE).isEqualTo(122_880);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void writtenImageIsReadBack(long seed) throws IOException {
        List<Run> written = Run.sequence(new Random(seed), 3000);
        assertThat(read(PagemapWriter.image(0xffff_fffeL, written))).isEqualTo(0xffff_fffeL);
        assertThat(runs).isEqualTo(written);
    }

    @Test
    void entriesOfOldCriuAreRead() throws IOException {
        read(
                image().message(1, 0x1000, 2, 3)
                        .message(1, 0x8000, 2, 4, 3, 1)
                        .message(1, 0x9000, 2, 5, 3, 1, 4, PageFlags.LAZY)
                        .message(1, 0xa000, 2, 6, 3, 0)
                        .bytes());
        assertThat(runs)
                .containsExactly(
                        Run.present(0x1000, 3),
                        new Run(PageFlags.PARENT, 0x8000, 4),
                        new Run(PageFlags.PARENT | PageFlags.LAZY, 0x9000, 5),
                        Run.present(0xa000, 6));
    }

    @Test
    void unknownFieldsAreSkipped() throws IOException {
        byte[] entry =
                HexFormat.of()
                        .parseHex("0880201001" + "4203aabbcc" + "4901020304050607084d01020304");
        read(image().message(entry).bytes());
        assertThat(runs).containsExactly(Run.present(0x1000, 1));
    }

    @Test
    void imageTruncatedInsideEntryIsRefused() throws IOException {
        byte[] whole = PagemapWriter.image(1, SENT);
        List<Integer> accepted = new ArrayList<>();
        for (int length = 0; length < whole.length; length++) {
            try {
                read(Arrays.copyOf(whole, length));
                accepted.add(length);
            } catch (PagemapException e) {
                assertThat(e).hasMessageContaining("pagemap-1.img at byte");
            }
        }
        assertThat(accepted).containsExactly(14, 27, 40);
    }

    @ParameterizedTest
    @CsvSource({
        "-1, at most 65536",
        "65537, at most 65536",
        "65536, cut off after 0",
    })
    void entryLengthIsCheckedBeforeReading(int length, String message) {
        byte[] image = image().word(length).bytes();
        assertThatThrownBy(() -> read(image))
                .isInstanceOf(PagemapException.class)
                .hasMessageContaining("at byte 14: ")
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @CsvSource({
        "ff, cut off",
        "0880, cut off",
        "08ffffffffffffffffffffff01, more than 10 bytes",
        "00, field number 0",
        "0b, wire type 3",
        "4a05aa, a field of 5 bytes where 1 are left",
        "4affffffffffffffffff01, a field of 18446744073709551615 bytes",
        "0d01020304, field 1 is no number",
        "1001, without vaddr",
        "0800, without vaddr or nr_pages",
        "08001000, 0 pages",
        "08001000288080808080808010, 9007199254740992 pages",
    })
    void malformedEntryIsRefusedNamingTheFault(String hex, String message) {
        byte[] image = image().message(HexFormat.of().parseHex(hex)).bytes();
        assertThatThrownBy(() -> read(image))
                .isInstanceOf(PagemapException.class)
                .hasMessageStartingWith("pagemap-1.img at byte 14: ")
                .hasMessageContaining(message);
    }

    @Test
    void otherFilesAreRefusedByMagicNumber() {
        byte[] image = new PagemapWriter().word(PagemapReader.COMMON_MAGIC).word(1).bytes();
        assertThatThrownBy(() -> read(image))
                .hasMessage("pagemap-1.img at byte 4: expected magic 0x56084025, but 0x1 is there");
    }

    @Test
    void linkIsNotFollowed() throws IOException {
        Path image = Files.write(folder.resolve("elsewhere"), PagemapWriter.image(1, SENT));
        Path link = Files.createSymbolicLink(folder.resolve("pagemap-1.img"), image);
        assertThatThrownBy(() -> reader.read(link, (flags, vaddr, nrPages) -> {}))
                .isInstanceOf(IOException.class);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void arbitraryBytesAreReadOrRefused(long seed) throws IOException {
        Random random = new Random(seed);
        byte[] whole = PagemapWriter.image(1, Run.sequence(random, 20));
        int refused = 0;
        for (int round = 0; round < 500; round++) {
            byte[] mutated = Arrays.copyOf(whole, 1 + random.nextInt(whole.length + 20));
            for (int i = random.nextInt(4); i >= 0; i--) {
                mutated[random.nextInt(mutated.length)] = (byte) random.nextInt();
            }
            try {
                read(mutated);
            } catch (PagemapException e) {
                refused++;
            }
        }
        assertThat(refused).isPositive();
    }

    private static PagemapWriter image() {
        return new PagemapWriter().magics().message(1, 1);
    }

    private long read(byte[] image) throws IOException {
        runs.clear();
        Path file = Files.write(folder.resolve("pagemap-1.img"), image);
        return reader.read(file, (flags, vaddr, nr) -> runs.add(new Run(flags, vaddr, nr)));
    }
}
