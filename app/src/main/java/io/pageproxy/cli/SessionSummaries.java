package io.pageproxy.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.pageproxy.session.SessionJson;
import io.pageproxy.session.SessionReport;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/**
 * Writes one JSON object per session and line to {@code --summary FILE} or, for {@code -}, to
 * standard output.
 */
public final class SessionSummaries {
    private static final JsonFactory JSON = new JsonFactory();

    private final Path file;
    private final PrintStream out;

    /**
     * Creates a writer that appends to a file.
     *
     * @param file {@code -} for standard output
     * @throws IOException if the file cannot be written; the message names it
     */
    public SessionSummaries(Path file, PrintStream out) throws IOException {
        this.file = file;
        this.out = out;
        if (!toStandardOutput()) {
            new AppendedFile("--summary", file).append("");
        }
    }

    private boolean toStandardOutput() {
        return file.toString().equals("-");
    }

    /**
     * Writes the summary of a session; callable on any thread.
     *
     * @throws UncheckedIOException if the file cannot be written
     */
    public synchronized void write(SessionReport report) {
        try {
            String line = json(report) + "\n";
            if (toStandardOutput()) {
                out.print(line);
                out.flush();
            } else {
                new AppendedFile("--summary", file).append(line);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String json(SessionReport report) throws IOException {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(text)) {
            SessionJson.writeFinished(json, report);
        }
        return text.toString();
    }
}
