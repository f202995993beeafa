package io.pageproxy.source.migrate;

import static org.awaitility.Awaitility.await;

import io.pageproxy.criu.Task;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A real process that does nothing, used as the tree to migrate. */
final class SleepingTree implements AutoCloseable {
    private final Process process;

    /** State of the process according to the kernel. */
    enum State {
        RUNS,
        STOPPED,
        GONE
    }

    SleepingTree() {
        try {
            process = new ProcessBuilder("sleep", "300").start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    long pid() {
        return process.pid();
    }

    Task task() {
        return Task.of(pid()).orElseThrow();
    }

    State state() {
        try {
            String stat = Files.readString(Path.of("/proc/" + pid() + "/stat"));
            return switch (stat.charAt(stat.lastIndexOf(')') + 2)) {
                case 'T', 't' -> State.STOPPED;
                case 'Z', 'X' -> State.GONE;
                default -> State.RUNS;
            };
        } catch (IOException e) {
            return State.GONE;
        }
    }

    void awaitState(State wanted) {
        await("tree").until(this::state, wanted::equals);
    }

    /** Kills the process, as its dump does at the end. */
    void kill() {
        process.destroyForcibly();
    }

    @Override
    public void close() {
        kill();
    }
}
