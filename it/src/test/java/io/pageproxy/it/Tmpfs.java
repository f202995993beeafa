package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A small file system that can be filled; requires root. */
final class Tmpfs implements AutoCloseable {
    private final Path logs;
    private final Path dir;

    private Tmpfs(Path logs, Path dir) {
        this.logs = logs;
        this.dir = dir;
    }

    /** Mounts a file system. */
    static Tmpfs mount(Path logs, Path dir, long bytes) {
        try {
            Files.createDirectories(dir);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Tmpfs tmpfs = new Tmpfs(logs, dir);
        tmpfs.run("mount", "-t", "tmpfs", "-o", "size=" + bytes, "tmpfs", dir.toString());
        return tmpfs;
    }

    /** The mount point. */
    Path dir() {
        return dir;
    }

    /** Writes to a file until its file system is full. */
    static void fill(Path file) throws IOException {
        byte[] some = new byte[64 << 10];
        try (var out = Files.newOutputStream(file)) {
            while (true) {
                out.write(some);
            }
        } catch (IOException full) {
            assertThat(full).hasMessageContaining("No space left");
        }
    }

    /** Remounts it read-only, which also affects root, unlike file modes. */
    void remountReadOnly() {
        run("mount", "-o", "remount,ro", dir.toString());
    }

    /**
     * Remounts it noexec, so that no program runs and no library loads from it, as for /tmp on many
     * hosts.
     */
    void remountNoExec() {
        run("mount", "-o", "remount,noexec", dir.toString());
    }

    @Override
    public void close() {
        run("umount", "--lazy", dir.toString()); // a failed test may leave files open
    }

    private void run(String... words) {
        try (Command command = Command.start(logs, words[0], List.of(words))) {
            assertThat(command.awaitExit()).as(command::toString).isZero();
        }
    }
}
