package io.pageproxy.it;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A process started by a test. Its output goes to two files, so that nothing has to be pumped and
 * all of it can be shown when a test fails. Closing it kills it.
 */
class Command implements AutoCloseable {
    /** Maximum time that a test waits for anything. */
    static final Duration TIMEOUT = Duration.ofSeconds(60);

    private final List<String> words;
    private final Path stdout;
    private final Path stderr;
    private final Process process;

    private Command(List<String> words, Path logs, String name) throws IOException {
        this.words = words;
        this.stdout = Files.createTempFile(logs, name + "-", ".out");
        this.stderr = Files.createTempFile(logs, name + "-", ".err");
        ProcessBuilder builder =
                new ProcessBuilder(words)
                        .redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null")))
                        .redirectOutput(stdout.toFile())
                        .redirectError(stderr.toFile());
        // The proxies run on the Java that runs the tests.
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        this.process = builder.start();
    }

    /**
     * Starts a process.
     *
     * @param logs folder of its output files
     * @param name prefix of their names
     */
    static Command start(Path logs, String name, List<String> words) {
        try {
            return new Command(words, logs, name);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Runs a process to completion.
     *
     * @return its exit code
     */
    static int run(Path logs, String name, List<String> words) {
        try (Command command = start(logs, name, words)) {
            return command.awaitExit();
        }
    }

    /** Waits for its exit and returns its exit code, or 128 plus the signal. */
    int awaitExit() {
        try {
            if (!process.waitFor(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new AssertionError("still runs after " + TIMEOUT + ": " + this);
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    /**
     * Waits until a line of standard output starts with a text, and returns the rest of the last
     * such line.
     */
    String awaitLine(String start) {
        return awaitLine(start, 1);
    }

    /** Waits for the {@code count}th line of standard output that starts with a text. */
    String awaitLine(String start, int count) {
        await().alias(start + " of " + this)
                .atMost(TIMEOUT)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> lines(start).size() >= count || !process.isAlive());
        List<String> found = lines(start);
        if (found.size() < count) {
            throw new AssertionError("ended before it said '" + start + "': " + this);
        }
        return found.get(count - 1).substring(start.length());
    }

    /** The complete lines of standard output so far that start with a text. */
    List<String> lines(String start) {
        // The last piece is empty or an incomplete line.
        List<String> all = List.of(stdout().split("\n", -1));
        return all.subList(0, all.size() - 1).stream().filter(l -> l.startsWith(start)).toList();
    }

    String stdout() {
        return read(stdout);
    }

    String stderr() {
        return read(stderr);
    }

    private static String read(Path file) {
        try {
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    long pid() {
        return process.pid();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Its current children. */
    List<ProcessHandle> children() {
        return process.children().toList();
    }

    /** Its current children, and theirs. */
    List<ProcessHandle> descendants() {
        return process.descendants().toList();
    }

    /** Sends SIGTERM. */
    void terminate() {
        process.destroy();
    }

    /** Sends SIGKILL. */
    void kill() {
        process.destroyForcibly();
    }

    @Override
    public void close() {
        process.destroyForcibly();
        awaitExit();
    }

    @Override
    public String toString() {
        return String.join(" ", words)
                + "\n--- standard output\n"
                + stdout()
                + "\n--- standard error\n"
                + stderr();
    }
}
