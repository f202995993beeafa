package io.pageproxy.status;

import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import io.pageproxy.pagestream.StreamTotals;
import io.pageproxy.session.AuthenticatedPeer;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.CodingTotals;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.SessionFigures;
import io.pageproxy.session.SessionReport;
import io.pageproxy.session.Side;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

/** A session whose progress is set by the test. */
public final class HeldSession implements LiveSession, AutoCloseable {
    private final DefaultEventLoop loop = new DefaultEventLoop();
    private final CompletableFuture<SessionReport> report = new CompletableFuture<>();
    private final AtomicInteger queries = new AtomicInteger();
    private volatile SessionFigures figures = at(0);

    public static SessionFigures at(long pages) {
        return new SessionFigures(
                Side.DESTINATION,
                Optional.of("web/2"),
                Optional.of(
                        new AuthenticatedPeer(
                                "source", "TLS_AES_128_GCM_SHA256", "X25519MLKEM768")),
                "192.0.2.1:4711",
                new StreamTotals(pages * 4100, pages, 1, 0, pages, 2 * pages),
                3 * pages,
                4 * pages,
                2,
                pages / 10.0,
                false,
                new CodingTotals(Map.of("lz4", pages), 5 * pages, 6 * pages, 7 * pages),
                4096,
                Optional.of("/srv/images/web/2"),
                Optional.empty(),
                Instant.EPOCH);
    }

    public void advanceTo(long pages) {
        figures = at(pages);
    }

    /** Ends the session at that point and returns its report. */
    public SessionReport end(long pages, CloseReason reason) {
        SessionReport over =
                new SessionReport(
                        at(pages),
                        new Outcome(reason, Side.DESTINATION, "so it \"is\"", Optional.of("log")),
                        OptionalInt.of(0));
        loop.execute(() -> report.complete(over));
        return over;
    }

    @Override
    public EventLoop loop() {
        return loop;
    }

    /** Number of queries for statistics. */
    int queries() {
        return queries.get();
    }

    @Override
    public SessionFigures figures() {
        queries.incrementAndGet();
        return figures;
    }

    @Override
    public String stateName() {
        return "streaming";
    }

    @Override
    public CompletableFuture<SessionReport> report() {
        return report;
    }

    @Override
    public void close() {
        loop.shutdownGracefully();
    }
}
