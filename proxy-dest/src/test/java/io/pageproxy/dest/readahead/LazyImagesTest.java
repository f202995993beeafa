package io.pageproxy.dest.readahead;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pageproxy.dest.images.PagemapWriter;
import io.pageproxy.dest.images.Run;
import io.pageproxy.pagestream.PageFlags;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LazyImagesTest {
    @TempDir Path folder;

    /** Pages in the images and shared memory, which CRIU never leaves behind, are not listed. */
    @Test
    void onlyThePagesThatWereLeftAtTheSourceAreKnown() throws IOException {
        int lazy = PageFlags.PRESENT | PageFlags.LAZY;
        List<Run> runs =
                List.of(new Run(PageFlags.PRESENT, 0x1000, 1), new Run(lazy, 0x10_0000, 300));
        Files.write(folder.resolve("pagemap-258.img"), PagemapWriter.image(1, runs));
        Files.write(folder.resolve("pagemap-shmem-7.img"), PagemapWriter.image(2, runs));
        assertThat(LazyImages.read(folder))
                .containsExactly(new LazyImages.Run(258, 0x10_0000, 300));
    }

    @Test
    void missingFolderIsNamed() {
        Path none = folder.resolve("none");
        assertThatThrownBy(() -> LazyImages.read(none)).hasMessageContaining(none.toString());
    }
}
