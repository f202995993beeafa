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
 * A process that can tell whether its memory is what it was, see {@code it/workloads}. It keeps its
 * pid and its folder through dump and restore.
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

    /** Starts a script of that name in a folder of its own and waits until its memory is filled. */
    static Workload start(Path logs, Path dir, String script, List<String> arguments) {
        return start(logs, dir, List.of("perl"), script, arguments);
    }

    /** The same, by what runs a script of that kind. */
    static Workload start(
            Path logs, Path dir, List<String> by, String script, List<String> arguments) {
        Path workloads = Path.of(System.getProperty("it.checkout"), "it/workloads").normalize();
        List<String> words = new ArrayList<>(by);
        words.addAll(List.of(workloads.resolve(script).toString(), dir.toString()));
        words.addAll(arguments);
        return start(logs, dir, words);
    }

    /** Runs a command that makes such a process, with that folder. */
    static Workload start(Path logs, Path dir, List<String> words) {
        return new Workload(dir, Command.start(logs, "workload", words));
    }

    Path dir() {
        return dir;
    }

    long pid() {
        return pid;
    }

    /** Waits until CRIU has killed it and nothing of it is left. */
    void awaitGone() {
        Processes.awaitGroupGone(pid);
    }

    /** It runs and finds all of its memory as it was. */
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

    /** Its process here, which was started by the test, does not run. */
    boolean isFrozenOrStopped() {
        return "tT".indexOf(Processes.state(pid)) >= 0;
    }

    /** It was never dumped: the very process that was started, and all of its memory good. */
    void assertUntouched() {
        assertThat(command.isAlive()).as("the process lives").isTrue();
        assertGood();
    }

    private String awaitStatus(String... starts) {
        await().alias("status of " + dir)
                .atMost(Command.PATIENCE)
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

    /** Ends it, restored or not, with all of its process group. */
    @Override
    public void close() {
        Processes.killGroup(pid);
        command.close();
    }
}
