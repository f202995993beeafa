package io.pageproxy.process;

import io.pageproxy.posix.Posix;
import io.pageproxy.posix.Signals;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * What a program that ends soon, and whose output is short, has answered.
 *
 * @param exit how it ended
 * @param out its standard output
 * @param err its standard error
 */
public record ProgramAnswer(ExitStatus exit, String out, String err) {
    /** A socket of a child that uses none. */
    private static final int SOCKET_BYTES = 1;

    /**
     * Runs a program in the root folder and with a minimal environment; blocks until it has ended.
     *
     * @param words the program, a path or a name on our PATH, and its arguments
     * @param timeout it is killed then
     * @throws IOException if it cannot be started, or does not end in time
     */
    public static ProgramAnswer of(List<String> words, Duration timeout) throws IOException {
        Queue<String> out = new ConcurrentLinkedQueue<>();
        Queue<String> err = new ConcurrentLinkedQueue<>();
        CapturingLauncher launcher =
                new CapturingLauncher(
                        new PosixChildLauncher(SOCKET_BYTES), Path.of("/"), out::add, err::add);
        ChildProcess child =
                launcher.launch(new ChildSpec(words, ChildEnvironment.minimal(), Optional.empty()));
        Posix.close(child.takeSocket());
        try {
            ExitStatus exit = child.exit().get(timeout.toMillis(), TimeUnit.MILLISECONDS);
            launcher.awaitOutput(timeout);
            return new ProgramAnswer(exit, String.join("", out), String.join("", err));
        } catch (TimeoutException e) {
            child.signal(Signals.SIGKILL);
            throw new IOException(
                    String.join(" ", words) + " does not end within " + timeout.toSeconds() + " s");
        } catch (ExecutionException e) {
            throw new IOException("how " + words.get(0) + " ended is not known", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while " + words.get(0) + " was asked");
        }
    }
}
