package io.pageproxy.source.migrate;

import io.pageproxy.frame.Frame.Accept;
import io.pageproxy.pagestream.RecordLayout;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.SessionFigures;
import io.pageproxy.session.SessionReport;
import io.pageproxy.session.Side;
import io.pageproxy.source.Accepts;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * A session of the pages of a lazy dump that is accepted at once; a test decides how it continues.
 */
final class FakeLazyPages implements LazyPages {
    final CompletableFuture<Accept> accepted = new CompletableFuture<>();
    final CompletableFuture<Void> serving = new CompletableFuture<>();
    final CompletableFuture<Void> allFetched = new CompletableFuture<>();
    private final CompletableFuture<Outcome> failed = new CompletableFuture<>();
    private final CompletableFuture<Outcome> over = new CompletableFuture<>();

    /** Ends the session successfully: the destination has all pages. */
    void succeed() {
        allFetched.complete(null);
        over.complete(Outcome.completed(Side.SOURCE, "all there"));
    }

    /** Ends the session with that failure. */
    void end(Outcome outcome) {
        if (over.complete(outcome)) {
            failed.complete(outcome);
        }
    }

    @Override
    public void start() {
        accepted.complete(Accepts.of(RecordLayout.BYTES_32, "/images/web", 100));
    }

    @Override
    public CompletableFuture<Accept> accepted() {
        return accepted;
    }

    @Override
    public CompletableFuture<Void> serving() {
        return serving;
    }

    @Override
    public CompletableFuture<Void> allFetched() {
        return allFetched;
    }

    @Override
    public CompletableFuture<Outcome> failed() {
        return failed;
    }

    @Override
    public Outcome awaitOutcome() {
        return over.join();
    }

    @Override
    public Optional<SessionReport> report() {
        return Optional.ofNullable(over.getNow(null))
                .map(outcome -> SessionReports.of("web", outcome));
    }

    @Override
    public List<SessionFigures> progress() {
        return List.of();
    }

    @Override
    public void fail(CloseReason reason, String message) {
        end(Outcome.failed(Side.SOURCE, reason, message));
    }

    @Override
    public void close() {}
}
