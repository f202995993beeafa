package io.pageproxy.app.bench;

import io.pageproxy.app.local.Program;
import io.pageproxy.net.HostPort;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A process that prints its listening address. Closing it kills it. */
final class Service implements AutoCloseable {
    private static final String LISTENING = "listening ";
    private static final int LAST_LINES = 4;

    private final String name;
    private final Process process;
    private final Path log;

    /**
     * Starts the process; {@link #address} waits until it listens.
     *
     * @param name its name in error messages
     * @param log file for its standard error
     */
    Service(String name, List<String> words, Path log) throws IOException {
        this.name = name;
        this.log = log;
        this.process =
                new ProcessBuilder(words)
                        .redirectInput(new File("/dev/null"))
                        .redirectError(log.toFile())
                        .start();
    }

    /**
     * Waits until it prints its listening address; {@link #stop} on another thread ends the wait.
     *
     * @throws IOException with its error output, if it exits instead
     */
    HostPort address() throws IOException {
        BufferedReader lines = process.inputReader(StandardCharsets.UTF_8);
        String line = lines.readLine();
        if (line == null || !line.startsWith(LISTENING)) {
            throw new IOException(name + " did not start: " + errorTail());
        }
        return HostPort.parse(line.substring(LISTENING.length()));
    }

    /** Its resource usage so far. */
    Usage usage() throws IOException {
        return Usage.of(process.toHandle());
    }

    /** Waits for its exit. */
    int awaitExit() throws InterruptedException {
        return process.waitFor();
    }

    /** Asks it to stop; callable on any thread. */
    void stop() {
        process.destroy();
    }

    /** The last lines of its standard error. */
    String errorTail() throws IOException {
        List<String> lines = Files.readAllLines(log, StandardCharsets.UTF_8);
        return lines.isEmpty()
                ? "it said nothing"
                : String.join(
                        "\n", lines.subList(Math.max(0, lines.size() - LAST_LINES), lines.size()));
    }

    /** Kills it and its descendants; not interruptible. */
    @Override
    public void close() {
        boolean interrupted = Thread.interrupted();
        boolean ended = false;
        while (!ended) {
            try {
                Program.end(process);
                ended = true;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
