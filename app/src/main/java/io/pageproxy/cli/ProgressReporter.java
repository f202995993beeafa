package io.pageproxy.cli;

import io.pageproxy.posix.Posix;
import io.pageproxy.session.SessionFigures;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Shows the progress of active sessions on standard error if it is a terminal. */
public final class ProgressReporter {
    private static final long INTERVAL_MILLIS = 500;

    private final ScheduledExecutorService timer =
            Executors.newSingleThreadScheduledExecutor(
                    task -> {
                        Thread thread = new Thread(task, "progress");
                        thread.setDaemon(true);
                        return thread;
                    });
    private final Supplier<List<SessionFigures>> sessions;
    private final ProgressLine line = new ProgressLine(System.err);

    private ProgressReporter(Supplier<List<SessionFigures>> sessions) {
        this.sessions = sessions;
    }

    /**
     * Starts reporting.
     *
     * @param sessions returns the statistics of the active sessions; called twice a second, on the
     *     reporter's thread
     */
    public static ProgressReporter start(Supplier<List<SessionFigures>> sessions)
            throws IOException {
        ProgressReporter reporter = new ProgressReporter(sessions);
        if (Posix.isTerminal(2)) {
            reporter.timer.scheduleWithFixedDelay(
                    reporter::report, INTERVAL_MILLIS, INTERVAL_MILLIS, TimeUnit.MILLISECONDS);
        }
        return reporter;
    }

    private synchronized void report() {
        if (timer.isShutdown()) {
            return;
        }
        List<SessionFigures> active = sessions.get();
        if (active.stream().anyMatch(session -> session.totals().records() > 0)) {
            show(Quantities.progress(active));
        } else {
            line.clear();
        }
    }

    /** Leaves the cursor at the start of the line, so that a log line replaces it. */
    private void show(String text) {
        line.show(text + "\r");
    }

    /** Stops reporting and removes the line. */
    public synchronized void stop() {
        timer.shutdown();
        line.clear();
    }
}
