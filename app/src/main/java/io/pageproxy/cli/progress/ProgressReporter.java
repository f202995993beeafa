package io.pageproxy.cli.progress;

import io.pageproxy.session.SessionFigures;
import java.io.IOException;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Shows the progress of active sessions on standard error if it is a terminal. */
public final class ProgressReporter {
    private static final long INTERVAL_MILLIS = 250;

    private final ScheduledExecutorService timer =
            Executors.newSingleThreadScheduledExecutor(
                    task -> {
                        Thread thread = new Thread(task, "progress");
                        thread.setDaemon(true);
                        return thread;
                    });
    private final Supplier<List<SessionFigures>> sessions;
    private final SessionProgress progress;
    private final ProgressLine line;
    private final Runnable undoGuards;

    private ProgressReporter(
            Supplier<List<SessionFigures>> sessions, Supplier<OptionalLong> totalBytes)
            throws IOException {
        this.sessions = sessions;
        this.progress = new SessionProgress(totalBytes, System::nanoTime);
        this.line = LiveTerminal.newLine(System.err);
        this.undoGuards = LiveTerminal.guardStandardStreams(line);
        timer.scheduleWithFixedDelay(
                this::report, INTERVAL_MILLIS, INTERVAL_MILLIS, TimeUnit.MILLISECONDS);
    }

    /**
     * Starts reporting, if there is a terminal.
     *
     * @param sessions returns the statistics of the active sessions; called on the reporter's
     *     thread
     * @param totalBytes estimates the pages of the next session; called on the reporter's thread
     *     until a session begins
     * @return stops reporting and removes the line; to be run before the process may exit
     */
    public static Runnable start(
            Supplier<List<SessionFigures>> sessions, Supplier<OptionalLong> totalBytes)
            throws IOException {
        return LiveTerminal.isStandardError()
                ? new ProgressReporter(sessions, totalBytes)::stop
                : () -> {};
    }

    private synchronized void report() {
        if (!timer.isShutdown()) {
            progress.text(sessions.get()).ifPresentOrElse(line::show, line::clear);
        }
    }

    private synchronized void stop() {
        timer.shutdown();
        line.clear();
        undoGuards.run();
    }
}
