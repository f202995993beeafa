package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;

/**
 * A shell that commands are typed into, one after the other; the folder and the variables stay as
 * in a terminal. Closing it kills the shell.
 */
final class Terminal implements AutoCloseable {
    private final Path logs;
    private final Process shell;
    private final BufferedWriter input;
    private int count;
    private Path output;

    private Terminal(Path logs, List<String> words, Map<String, String> environment)
            throws IOException {
        this.logs = Files.createTempDirectory(logs, "terminal-");
        ProcessBuilder builder = new ProcessBuilder(words).redirectErrorStream(true);
        builder.redirectOutput(this.logs.resolve("shell").toFile());
        builder.environment().putAll(environment);
        this.shell = builder.start();
        this.input = shell.outputWriter(StandardCharsets.UTF_8);
    }

    /**
     * Opens a terminal.
     *
     * @param logs for the folder with its output
     * @param words command line of a shell that reads its standard input
     */
    static Terminal open(Path logs, List<String> words, Map<String, String> environment) {
        try {
            return new Terminal(logs, words, environment);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Types a command, which must end with 0 and print these lines in this order, among others. */
    String type(String command, List<Tutorial.Line> promised) {
        Path exit = send(command);
        await(command).until(() -> Files.exists(exit) || !shell.isAlive());
        assertThat(output()).as(command).satisfies(text -> assertPromised(text, promised));
        assertThat(exit).as("%s%n%s", command, output()).hasContent("0\n");
        return output();
    }

    /** Types a command that does not end, and waits until it has printed these lines. */
    void typeStaying(String command, List<Tutorial.Line> promised) {
        Path exit = send(command);
        await(command)
                .untilAsserted(
                        () -> {
                            assertPromised(output(), promised);
                            assertThat(exit).as("it runs on").doesNotExist();
                        });
    }

    private static ConditionFactory await(String command) {
        return Awaitility.await(command)
                .atMost(Command.TIMEOUT)
                .pollInterval(Duration.ofMillis(20));
    }

    /** Returns the file that will hold the exit code. */
    private Path send(String command) {
        try {
            Path typed = Files.writeString(logs.resolve(++count + ".typed"), command);
            Path exit = logs.resolve(count + ".exit");
            output = Files.createFile(logs.resolve(count + ".output"));
            input.write(
                    String.format(
                            "eval \"$(cat %s)\" </dev/null >%s 2>&1; echo $? >%s.new; mv %3$s.new"
                                    + " %3$s%n",
                            typed, output, exit));
            input.flush();
            return exit;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void assertPromised(String text, List<Tutorial.Line> promised) {
        List<String> left = text.lines().toList();
        for (Tutorial.Line line : promised) {
            int at = 0;
            while (at < left.size() && !line.pattern().matcher(left.get(at)).matches()) {
                at++;
            }
            assertThat(at).as("no line '%s' in%n%s", line.text(), text).isLessThan(left.size());
            left = left.subList(at + 1, left.size());
        }
    }

    private String output() {
        try {
            return Files.readString(output);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The process that was started; in a PID namespace of its own, the shell is its child. */
    Process process() {
        return shell;
    }

    @Override
    public void close() {
        shell.descendants().forEach(ProcessHandle::destroyForcibly);
        shell.destroyForcibly();
        shell.onExit().join();
    }

    @Override
    public String toString() {
        return output == null ? "nothing typed" : output + "\n" + output();
    }
}
