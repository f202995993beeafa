package io.pageproxy.cli;

import io.pageproxy.process.Posix;
import io.pageproxy.session.Progress;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Shows on standard error, where that is a terminal, how far the running session is: one line that
 * is written over, by itself and by whatever else is printed, and gone at the end.
 */
public final class ProgressLine {
    private static final long INTERVAL_MILLIS = 500;

    /** Takes the line at the cursor away, on a terminal. */
    public static final String CLEAR = "\r\033[K";

    private final ScheduledExecutorService timer =
            Executors.newSingleThreadScheduledExecutor(
                    task -> {
                        Thread thread = new Thread(task, "progress");
                        thread.setDaemon(true);
                        return thread;
                    });
    private final Supplier<Optional<Progress>> progress;
    private boolean shown;

    private ProgressLine(Supplier<Optional<Progress>> progress) {
        this.progress = progress;
    }

    /**
     * Begins to show it; nothing where nobody watches.
     *
     * @param progress asked twice a second, on a thread of its own
     */
    public static ProgressLine start(Supplier<Optional<Progress>> progress) throws IOException {
        ProgressLine line = new ProgressLine(progress);
        if (Posix.isTerminal(2)) {
            line.timer.scheduleWithFixedDelay(
                    line::show, INTERVAL_MILLIS, INTERVAL_MILLIS, TimeUnit.MILLISECONDS);
        }
        return line;
    }

    private synchronized void show() {
        if (timer.isShutdown()) {
            return;
        }
        Optional<String> text =
                progress.get().filter(now -> now.totals().records() > 0).map(Quantities::of);
        if (shown || text.isPresent()) {
            System.err.print(CLEAR + text.orElse("") + "\r");
            System.err.flush();
        }
        shown = text.isPresent();
    }

    /** Shows it no more. */
    public synchronized void stop() {
        timer.shutdown();
        if (shown) {
            System.err.print(CLEAR);
            System.err.flush();
        }
    }
}
