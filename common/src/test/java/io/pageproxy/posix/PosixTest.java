package io.pageproxy.posix;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class PosixTest {
    @TempDir Path folder;

    @Test
    void newFilesAndFoldersArePrivate() throws Exception {
        int before = Posix.libc().umask(0);
        try {
            Posix.makeNewFilesPrivate();

            assertThat(permissions(Files.createFile(folder.resolve("f")))).isEqualTo("rw-------");
            assertThat(permissions(Files.createDirectory(folder.resolve("d"))))
                    .isEqualTo("rwx------");
        } finally {
            Posix.libc().umask(before);
        }
    }

    /**
     * Uses /proc in place of a folder mounted noexec: JNA cannot unpack its library there either.
     */
    @Test
    void failureToUnpackJnaIsReportedWithRemedy() throws Exception {
        Process jvm =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-Djna.tmpdir=/proc/none",
                                "-cp",
                                System.getProperty("java.class.path"),
                                Loader.class.getName())
                        .redirectErrorStream(true)
                        .start();
        String output = new String(jvm.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(jvm.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(output.lines())
                .filteredOn(line -> line.startsWith("caught"))
                .hasSize(2)
                .allSatisfy(
                        line ->
                                assertThat(line)
                                        .contains("cannot load JNA's native library")
                                        .contains("/proc/none")
                                        .contains("PAGEPROXY_JAVA_OPTS")
                                        .contains("-Djna.tmpdir=DIR"));
    }

    /** Loads libc twice, as a second session would. */
    static final class Loader {
        private Loader() {}

        public static void main(String[] args) {
            for (int i = 0; i < 2; i++) {
                try {
                    Posix.makeNewFilesPrivate();
                    System.out.println("loaded");
                } catch (Exception e) {
                    System.out.println("caught " + e.getMessage().replace('\n', ' '));
                }
            }
        }
    }

    private static String permissions(Path file) throws Exception {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }
}
