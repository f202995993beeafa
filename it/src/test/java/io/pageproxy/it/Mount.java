package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Something that is mounted on a folder until it is closed; requires root. */
final class Mount implements AutoCloseable {
    private final Path logs;
    private final Path dir;

    private Mount(Path logs, Path dir) {
        this.logs = logs;
        this.dir = dir;
    }

    /**
     * Mounts it on a folder, which is made if it is missing.
     *
     * @param what arguments of mount(8) before the folder
     */
    static Mount on(Path dir, Path logs, String... what) {
        try {
            Files.createDirectories(dir);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Mount mount = new Mount(logs, dir);
        mount.run("mount", what);
        return mount;
    }

    Path dir() {
        return dir;
    }

    /** Changes an option of it. */
    void remount(String option) {
        run("mount", "-o", "remount," + option);
    }

    @Override
    public void close() {
        run("umount", "--lazy"); // A failed test may leave files open.
    }

    private void run(String program, String... arguments) {
        List<String> words = new ArrayList<>(List.of(program));
        words.addAll(List.of(arguments));
        words.add(dir.toString());
        try (Command command = Command.start(logs, program, words)) {
            assertThat(command.awaitExit()).as(command::toString).isZero();
        }
    }
}
