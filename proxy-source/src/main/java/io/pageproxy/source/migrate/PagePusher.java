package io.pageproxy.source.migrate;

import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionFigures;
import io.pageproxy.session.SessionReport;
import io.pageproxy.source.SessionEnd;
import io.pageproxy.source.dumper.DumpCommand;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Runs dumps and carries their pages, each dump in a session of its own. */
interface PagePusher extends AutoCloseable {
    /**
     * Runs one round's pre-dump; blocks until it has ended.
     *
     * @param session of that round
     */
    SessionEnd preDump(String session, DumpCommand command) throws InterruptedException;

    /** Runs the dump in the migration's own session; blocks until it has ended. */
    SessionEnd dump(DumpCommand command) throws InterruptedException;

    /**
     * Completes with the report of the migration's own session once its last frame is sent; the
     * dump may still be held then. Any thread.
     */
    CompletableFuture<SessionReport> pagesOver();

    /** Ends the running session immediately: its dump fails. Any thread. */
    void fail(CloseReason reason, String message);

    /** Statistics of the sessions that send pages; empty if there are none. Any thread. */
    List<SessionFigures> progress();

    /** Ends its threads. */
    @Override
    void close();
}
