package io.pageproxy.dest.references;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.pageproxy.pagestream.ImageId;
import io.pageproxy.pagestream.ImageId.Kind;
import io.pageproxy.pagestream.PageCommand;
import io.pageproxy.pagestream.PageFlags;
import io.pageproxy.pagestream.PageRecord;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WrittenPagesTest {
    private static final int PAGE = 4096;
    private static final int FAR = (int) (WrittenPages.MIN_DISTANCE_BYTES / PAGE);
    private static final ImageId IMAGE = new ImageId(Kind.PROCESS, 1);
    private static final String PEER = "f".repeat(64);

    @TempDir private Path top;

    private final WrittenPages pages = new WrittenPages(PAGE);
    private final WrittenChains chains = new WrittenChains();

    @AfterEach
    void close() {
        pages.close();
    }

    /**
     * Creates a folder whose images have the given page counts; page n overall is filled with byte
     * n.
     */
    private Path folder(String name, long firstNumber, int... counts) throws IOException {
        Path folder = Files.createDirectory(top.resolve(name));
        int page = 0;
        for (int image = 0; image < counts.length; image++) {
            byte[] content = new byte[counts[image] * PAGE];
            for (int i = 0; i < counts[image]; i++) {
                Arrays.fill(content, i * PAGE, (i + 1) * PAGE, (byte) page++);
            }
            Files.write(folder.resolve("pages-" + (firstNumber + image) + ".img"), content);
        }
        return folder;
    }

    private static void records(WrittenPages of, int... counts) {
        for (int count : counts) {
            of.onRecord(PageRecord.of(PageCommand.OPEN2, IMAGE));
            if (count > 0) {
                of.onRecord(PageRecord.pages(IMAGE, PageFlags.PRESENT, 0, count));
            }
        }
    }

    private static byte[] read(WrittenPages from, long first, int count) {
        ByteBuf to = Unpooled.directBuffer();
        try {
            from.append(first, count, to);
            return firstBytes(to, count);
        } finally {
            to.release();
        }
    }

    private static byte[] firstBytes(ByteBuf of, int count) {
        byte[] firstBytes = new byte[count];
        byte[] content = ByteBufUtil.getBytes(of);
        assertThat(content).hasSize(count * PAGE);
        for (int i = 0; i < count; i++) {
            firstBytes[i] = content[i * PAGE];
        }
        return firstBytes;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 65_537})
    void pagesAreReadAcrossImagesForAnyFirstImageNumber(long firstNumber) throws IOException {
        pages.begin(folder("web", firstNumber, 3, 0, 2, 1), List.of());
        records(pages, 3, 0, 2, 1, FAR);
        assertThat(read(pages, 0, 6)).containsExactly(0, 1, 2, 3, 4, 5);
        assertThat(read(pages, 4, 1)).containsExactly(4);
        assertThat(read(pages, 2, 2)).containsExactly(2, 3);
    }

    @ParameterizedTest
    @CsvSource({"0, 1", "1, 2", "9223372036854775807, 1"})
    void pageThatMayNotBeWrittenYetIsRefused(long first, int count) throws IOException {
        pages.begin(folder("web", 1, 2), List.of());
        records(pages, 2, FAR - 2);
        assertThatThrownBy(() -> read(pages, first, count))
                .isInstanceOfSatisfying(
                        SessionException.class,
                        refused ->
                                assertThat(refused.reason()).isEqualTo(CloseReason.TUNNEL_PROTOCOL))
                .hasMessageContaining("a reference to page " + first);
    }

    @Test
    void tryAppendOpensNoFile() throws IOException {
        pages.begin(folder("web", 1, 2, 2), List.of());
        records(pages, 2, 2, FAR);
        ByteBuf to = Unpooled.directBuffer();
        assertThat(pages.tryAppend(0, 1, to)).isFalse();
        pages.append(0, 1, to);
        to.clear();
        assertThat(pages.tryAppend(1, 2, to)).as("into a file that is not open").isFalse();
        assertThat(to.readableBytes()).as("what was appended before that").isZero();
        to.release();
    }

    /**
     * Just written data is in the page cache; whether that can be queried depends on the kernel.
     */
    @Test
    void nonBlockingReadReturnsSameData() throws IOException {
        pages.begin(folder("web", 1, 5), List.of());
        records(pages, 5, FAR);
        assertThat(read(pages, 0, 1)).containsExactly(0);
        ByteBuf to = Unpooled.directBuffer();
        if (pages.tryAppend(1, 3, to)) {
            assertThat(firstBytes(to, 3)).containsExactly(1, 2, 3);
        } else {
            assertThat(to.readableBytes()).isZero();
        }
        to.release();
    }

    @Test
    void moreImagesThanOpenFilesCanBeReadAlternately() throws IOException {
        int images = 2 * OpenImages.MAX_FILES;
        int[] counts = new int[images];
        Arrays.fill(counts, 1);
        pages.begin(folder("web", 1, counts), List.of());
        records(pages, counts);
        records(pages, FAR);
        for (int turn = 0; turn < 2; turn++) {
            for (int i = 0; i < images; i++) {
                assertThat(read(pages, i, 1)).containsExactly(i);
            }
        }
    }

    @Test
    void missingPageIsPageServerFailure() throws IOException {
        pages.begin(folder("web", 1, 1), List.of());
        records(pages, 2, FAR);
        assertThatThrownBy(() -> read(pages, 1, 1))
                .isInstanceOfSatisfying(
                        SessionException.class,
                        refused ->
                                assertThat(refused.reason())
                                        .isEqualTo(CloseReason.PAGE_SERVER_FAILED))
                .hasMessageContaining("pages-1.img");
    }

    private Path firstRound() throws IOException {
        Path folder = folder("1", 65_537, 2, 3);
        WrittenPages first = new WrittenPages(PAGE);
        first.begin(folder, List.of());
        records(first, 2, 3);
        chains.add(first, PEER);
        return folder;
    }

    @Test
    void nextRoundReadsPreviousRoundAtAnyDistance() throws IOException {
        Path parent = firstRound();
        pages.begin(folder("2", 1, 1), chains.find(Optional.of(parent), PEER, 5));
        assertThat(pages.earlierPages()).isEqualTo(5);
        records(pages, 1);
        assertThat(read(pages, 1, 4)).containsExactly(1, 2, 3, 4);
        assertThatThrownBy(() -> read(pages, 4, 2)).hasMessageContaining("a reference to page 4");
    }

    @Test
    void roundIsAvailableOnlyToItsPeerAndWithEqualPageCount() throws IOException {
        Path parent = firstRound();
        assertThat(chains.find(Optional.of(parent), PEER, 5)).hasSize(1);
        assertThat(chains.find(Optional.of(parent), "e".repeat(64), 5)).isEmpty();
        assertThat(chains.find(Optional.of(parent), PEER, 4)).isEmpty();
        assertThat(chains.find(Optional.of(top), PEER, 5)).isEmpty();
        assertThat(chains.find(Optional.empty(), PEER, 0)).isEmpty();
    }

    @Test
    void oldestRoundsAreEvicted() throws IOException {
        Path parent = firstRound();
        for (int i = 0; i < 64; i++) {
            WrittenPages other = new WrittenPages(PAGE);
            other.begin(top.resolve("other" + i), List.of());
            chains.add(other, PEER);
        }
        assertThat(chains.find(Optional.of(parent), PEER, 5)).isEmpty();
    }
}
