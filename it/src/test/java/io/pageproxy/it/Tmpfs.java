package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A small file system of its own, which can be full; needs root. */
final class Tmpfs implements AutoCloseable {
    private final Path logs;
    private final Path dir;

    private Tmpfs(Path logs, Path dir) {
        this.logs = logs;
        this.dir = dir;
    }

    /** Mounts one. */
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

    /** Where it is mounted. */
    Path dir() {
        return dir;
    }

    /** Makes it read-only: root ignores modes, but not this. */
    void remountReadOnly() {
        run("mount", "-o", "remount,ro", dir.toString());
    }

    /** Nothing in it can be run, and no library loaded, as hosts have their /tmp. */
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
