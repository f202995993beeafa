package io.pageproxy.cli.task;

import io.pageproxy.session.SessionFigures;
import java.io.IOException;
import java.io.PrintStream;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Supplier;

/** Where a task writes: the streams of this process, or the events of a job. */
public interface TaskOutput {
    /** Standard output. */
    PrintStream out();

    /** Standard error. */
    PrintStream err();

    /**
     * Begins to show progress, if somebody sees it.
     *
     * @param sessions returns the statistics of the active sessions; called on another thread
     * @param totalBytes estimates the pages of the next session; called on that thread as well
     * @return ends it; to be run before the task returns
     */
    Runnable showProgress(
            Supplier<List<SessionFigures>> sessions, Supplier<OptionalLong> totalBytes)
            throws IOException;

    /** Hands over the report of a migration, a JSON object. */
    void report(String json);
}
