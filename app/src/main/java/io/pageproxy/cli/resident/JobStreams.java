package io.pageproxy.cli.resident;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pageproxy.cli.progress.SessionProgress;
import io.pageproxy.cli.task.TaskOutput;
import io.pageproxy.control.JobOutput;
import io.pageproxy.pagestream.StreamTotals;
import io.pageproxy.session.SessionFigures;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Makes events of what a task prints. */
final class JobStreams implements TaskOutput {
    private static final long PROGRESS_MILLIS = 250;

    private final JobOutput output;
    private final PrintStream out;
    private final PrintStream err;

    JobStreams(JobOutput output) {
        this.output = output;
        this.out = lines(output::stdout);
        this.err = lines(output::stderr);
    }

    private static PrintStream lines(Consumer<String> to) {
        return new PrintStream(new Pieces(to), false, UTF_8);
    }

    /** Hands over what was written when it is flushed. */
    private static final class Pieces extends ByteArrayOutputStream {
        private static final int MAX_BYTES = 4 << 10;

        private final Consumer<String> to;

        Pieces(Consumer<String> to) {
            this.to = to;
        }

        @Override
        public synchronized void write(byte[] bytes, int offset, int length) {
            super.write(bytes, offset, length);
            if (size() > MAX_BYTES && bytes[offset + length - 1] == '\n') {
                flush();
            }
        }

        @Override
        public synchronized void flush() {
            if (size() > 0) {
                to.accept(toString(UTF_8));
                reset();
            }
        }
    }

    @Override
    public PrintStream out() {
        return out;
    }

    @Override
    public PrintStream err() {
        return err;
    }

    @Override
    public Runnable showProgress(
            Supplier<List<SessionFigures>> sessions, Supplier<OptionalLong> totalBytes) {
        SessionProgress progress = new SessionProgress(totalBytes, System::nanoTime);
        ScheduledExecutorService timer =
                Executors.newSingleThreadScheduledExecutor(
                        task -> {
                            Thread thread = new Thread(task, "progress");
                            thread.setDaemon(true);
                            return thread;
                        });
        timer.scheduleWithFixedDelay(
                () -> show(progress, sessions),
                PROGRESS_MILLIS,
                PROGRESS_MILLIS,
                TimeUnit.MILLISECONDS);
        return () -> {
            timer.shutdown();
            output.progress("", json -> {});
        };
    }

    private void show(SessionProgress progress, Supplier<List<SessionFigures>> sessions) {
        if (!output.hasReaders()) {
            return;
        }
        List<SessionFigures> active = sessions.get();
        StreamTotals totals =
                active.stream()
                        .map(SessionFigures::totals)
                        .reduce(StreamTotals.NONE, StreamTotals::plus);
        long pageBytes = active.stream().mapToLong(SessionFigures::pageBytes).sum();
        long wireBytes = active.stream().mapToLong(SessionFigures::wireBytesSent).sum();
        progress.text(active)
                .ifPresent(
                        text ->
                                output.progress(
                                        text,
                                        json -> {
                                            json.writeNumberField("pages", totals.pages());
                                            json.writeNumberField("page_bytes", pageBytes);
                                            json.writeNumberField("wire_bytes_sent", wireBytes);
                                        }));
    }

    @Override
    public void report(String json) {
        output.report(json);
    }

    void flush() {
        out.flush();
        err.flush();
    }
}
