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

/** A process that says where it listens. Closing it ends it, whatever it is doing. */
final class Service implements AutoCloseable {
    private static final String LISTENING = "listening ";
    private static final int LAST_LINES = 4;

    private final String name;
    private final Process process;
    private final Path log;

    /**
     * Starts it; {@link #address} waits until it listens.
     *
     * @param name what it is, for errors
     * @param log where its standard error goes
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
     * Waits until it says where it listens; {@link #stop} from another thread ends that.
     *
     * @throws IOException with what it said, where it ends instead
     */
    HostPort address() throws IOException {
        BufferedReader lines = process.inputReader(StandardCharsets.UTF_8);
        String line = lines.readLine();
        if (line == null || !line.startsWith(LISTENING)) {
            throw new IOException(name + " did not start: " + lastWords());
        }
        return HostPort.parse(line.substring(LISTENING.length()));
    }

    /** What it has taken so far. */
    Usage usage() throws IOException {
        return Usage.of(process.toHandle());
    }

    /** Waits for its end. */
    int awaitExit() throws InterruptedException {
        return process.waitFor();
    }

    /** Tells it to end; from any thread. */
    void stop() {
        process.destroy();
    }

    /** The end of what it has said on standard error. */
    String lastWords() throws IOException {
        List<String> lines = Files.readAllLines(log, StandardCharsets.UTF_8);
        return lines.isEmpty()
                ? "it said nothing"
                : String.join(
                        "\n", lines.subList(Math.max(0, lines.size() - LAST_LINES), lines.size()));
    }

    /** Ends it and all that it has started; no interrupt hinders that. */
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
