package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A small file system that can be filled; requires root. */
final class Tmpfs implements AutoCloseable {
    private final Mount mount;

    private Tmpfs(Mount mount) {
        this.mount = mount;
    }

    /** Mounts a file system. */
    static Tmpfs mount(Path logs, Path dir, long bytes) {
        return new Tmpfs(Mount.on(dir, logs, "-t", "tmpfs", "-o", "size=" + bytes, "tmpfs"));
    }

    /** The mount point. */
    Path dir() {
        return mount.dir();
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
        mount.remount("ro");
    }

    /**
     * Remounts it noexec, so that no program runs and no library loads from it, as for /tmp on many
     * hosts.
     */
    void remountNoExec() {
        mount.remount("noexec");
    }

    @Override
    public void close() {
        mount.close();
    }
}
