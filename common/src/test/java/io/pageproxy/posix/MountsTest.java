package io.pageproxy.posix;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The table of mounts; what is unmounted is seen where a real restore is killed. */
class MountsTest {
    @Test
    void mountPointsBelowAFolderAreFound() throws Exception {
        assertThat(Mounts.below(Path.of("/"))).contains(Path.of("/"), Path.of("/proc"));
        assertThat(Mounts.below(Path.of("/proc"))).contains(Path.of("/proc"));
    }

    @Test
    void folderWithoutMountsHasNone(@TempDir Path folder) throws Exception {
        assertThat(Mounts.below(folder)).isEmpty();
        Mounts.unmountBelow(folder);
        assertThat(Mounts.below(folder.resolve("none"))).isEmpty();
    }

    @Test
    void escapedPathIsAsTheTableHasIt() {
        assertThat(Mounts.escape(Path.of("/a b\\c"))).isEqualTo("/a\\040b\\134c");
    }

    @Test
    void escapedBytesAreThoseOfUtf8() {
        assertThat(Mounts.unescape("/a\\040b\\134c\u00c3\u00a9")).isEqualTo("/a b\\c\u00e9");
    }
}
