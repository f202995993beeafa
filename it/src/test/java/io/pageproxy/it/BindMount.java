package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A folder that is also at another place, read-only; requires root. */
final class BindMount implements AutoCloseable {
    private final Path logs;
    private final Path dir;

    private BindMount(Path logs, Path dir) {
        this.logs = logs;
        this.dir = dir;
    }

    /** Mounts a folder. */
    static BindMount of(Path folder, Path logs, Path dir) {
        try {
            Files.createDirectories(dir);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        run(logs, "mount", "-o", "bind,ro", folder.toString(), dir.toString());
        return new BindMount(logs, dir);
    }

    @Override
    public void close() {
        run(logs, "umount", "--lazy", dir.toString()); // A failed test may leave files open.
    }

    private static void run(Path logs, String... words) {
        assertThat(Command.run(logs, words[0], List.of(words)))
                .as(String.join(" ", words))
                .isZero();
    }
}
