package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A process that can verify its memory, see {@code it/workloads}. It keeps its PID and folder
 * through dump and restore.
 */
final class Workload implements AutoCloseable {
    private final Path dir;
    private final Command command;
    private final long pid;
    private int checks;

    private Workload(Path dir, Command command) {
        this.dir = dir;
        this.command = command;
        awaitStatus("ready ");
        this.pid = Long.parseLong(read("pid"));
    }

    /** Starts a script in its own folder and waits until its memory is filled. */
    static Workload start(Path logs, Path dir, String script, List<String> arguments) {
        return start(logs, dir, List.of("perl"), script, arguments);
    }

    /** Starts a script with an interpreter. */
    static Workload start(
            Path logs, Path dir, List<String> by, String script, List<String> arguments) {
        Path workloads = Path.of(System.getProperty("it.checkout"), "it/workloads").normalize();
        List<String> words = new ArrayList<>(by);
        words.addAll(List.of(workloads.resolve(script).toString(), dir.toString()));
        words.addAll(arguments);
        return start(logs, dir, words);
    }

    /** Runs a command that starts such a process with a folder. */
    static Workload start(Path logs, Path dir, List<String> words) {
        return new Workload(dir, Command.start(logs, "workload", words));
    }

    Path dir() {
        return dir;
    }

    long pid() {
        return pid;
    }

    /** Waits until CRIU has killed it and it is gone. */
    void awaitGone() {
        Processes.awaitGroupGone(pid);
    }

    /** Asserts that it runs and its memory is correct. */
    void assertGood() {
        checks++;
        try {
            Files.createFile(dir.resolve("check"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String status = awaitStatus("ok " + checks + " ", "corrupt " + checks + " ");
        assertThat(status).startsWith("ok ");
    }

    /** Whether the process started by the test is not running. */
    boolean isFrozenOrStopped() {
        return "tT".indexOf(Processes.state(pid)) >= 0;
    }

    /** Asserts that it was never dumped: the original process runs, and its memory is correct. */
    void assertUntouched() {
        assertThat(command.isAlive()).as("the process lives").isTrue();
        assertGood();
    }

    private String awaitStatus(String... starts) {
        await().alias("status of " + dir)
                .atMost(Command.TIMEOUT)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> statusStartsWith(starts));
        return read("status");
    }

    private boolean statusStartsWith(String... starts) {
        String status = read("status");
        return List.of(starts).stream().anyMatch(status::startsWith);
    }

    private String read(String name) {
        try {
            Path file = dir.resolve(name);
            return Files.exists(file) ? Files.readString(file).strip() : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Kills it, original or restored, with its process group. */
    @Override
    public void close() {
        Processes.killGroup(pid);
        command.close();
    }
}
