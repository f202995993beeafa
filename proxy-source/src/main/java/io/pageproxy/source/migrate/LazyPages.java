package io.pageproxy.source.migrate;

import io.pageproxy.frame.Frame.Accept;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.SessionFigures;
import io.pageproxy.session.SessionReport;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** The session that serves the pages of a lazy dump to the destination. Any thread. */
interface LazyPages extends AutoCloseable {
    /** Connects; does not wait. */
    void start();

    /** Completes when the destination has accepted the session: the dump may begin. */
    CompletableFuture<Accept> accepted();

    /** Completes when the dump serves its pages. */
    CompletableFuture<Void> serving();

    /** Completes when the destination has all pages. */
    CompletableFuture<Void> allFetched();

    /** Completes when the session has failed, and only then. */
    CompletableFuture<Outcome> failed();

    /** Waits for the end of the session and returns its outcome; blocks. */
    Outcome awaitOutcome();

    /** The report of the session; empty before its end, or if there is none. */
    Optional<SessionReport> report();

    /** Statistics of the sessions that send pages; empty if there are none. */
    List<SessionFigures> progress();

    /** Ends the session immediately: the dump fails unless it has served all pages. */
    void fail(CloseReason reason, String message);

    /** Ends its threads. */
    @Override
    void close();
}
