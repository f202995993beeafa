package io.pageproxy.dest.pagemap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.pageproxy.dest.images.PagemapWriter;
import io.pageproxy.dest.images.Run;
import io.pageproxy.pagestream.PageRecord;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Feeds arbitrary pagemap images of a page server. */
class PagemapReaderFuzz {
    @TempDir private static Path folder;

    private final PagemapReader reader = new PagemapReader();

    /** The content of a pagemap image. */
    private record Image(long pagesId, List<Run> runs) {}

    static Stream<Arguments> seeds() {
        return Stream.of(
                        resource("criu-4.1.1-sleep-pagemap.img"),
                        resource("criu-4.2.1-sleep-pagemap.img"),
                        PagemapWriter.image(7, Run.sequence(new Random(1), 10)),
                        new PagemapWriter().magics().message(1, 1).message(1, 4096, 2, 3).bytes(),
                        new PagemapWriter()
                                .magics()
                                .message(1, 1)
                                .message(3, 1, 1, 0, 2, 1)
                                .bytes())
                .map(image -> Arguments.of((Object) image));
    }

    private static byte[] resource(String name) {
        try (InputStream in = PagemapReaderFuzz.class.getResourceAsStream(name)) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @MethodSource("seeds")
    @FuzzTest
    void acceptedImageRoundTripsAndIsRefusedWhenTruncated(byte[] file) throws IOException {
        Image image;
        try {
            image = read(file);
        } catch (PagemapException refused) {
            assertThat(refused).hasMessageMatching("pagemap-1\\.img at byte \\d+: [ -~]+");
            return;
        }
        assertThat(image.pagesId()).isBetween(0L, 0xffff_ffffL);
        assertThat(image.runs())
                .allMatch(run -> run.nrPages() >= 1 && run.nrPages() <= PageRecord.MAX_NR_PAGES);
        assertThat(read(PagemapWriter.image(image.pagesId(), image.runs()))).isEqualTo(image);
        assertThatThrownBy(() -> read(Arrays.copyOf(file, file.length - 1)))
                .isInstanceOf(PagemapException.class)
                .hasMessageContaining("cut off");
    }

    private Image read(byte[] bytes) throws IOException {
        List<Run> runs = new ArrayList<>();
        Path file = Files.write(folder.resolve("pagemap-1.img"), bytes);
        long pagesId = reader.read(file, (flags, vaddr, nr) -> runs.add(new Run(flags, vaddr, nr)));
        return new Image(pagesId, runs);
    }
}
