package io.pageproxy.source.push;

import io.pageproxy.frame.Frame.Accept;
import io.pageproxy.frame.Frame.Result;
import io.pageproxy.pagestream.StreamTotals;
import io.pageproxy.process.ExitStatus;
import io.pageproxy.session.AuthenticatedPeer;
import io.pageproxy.session.CodingTotals;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.SessionFigures;
import io.pageproxy.session.SessionReport;
import io.pageproxy.session.Side;
import io.pageproxy.source.dumper.Dumper;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;

/** What a session has carried so far. Used on the session's event loop. */
final class SourceFigures {
    private final SessionPlan plan;
    private Optional<AuthenticatedPeer> peer = Optional.empty();
    private Optional<SourceLanes> lanes = Optional.empty();
    private Optional<Accept> accepted = Optional.empty();
    private Optional<BlockSender> sender = Optional.empty();
    private Optional<Dumper> dumper = Optional.empty();
    private OptionalInt pageServerExit = OptionalInt.empty();
    private final Instant started = Instant.now();
    private long firstByteNanos;

    SourceFigures(SessionPlan plan) {
        this.plan = plan;
    }

    void onTunnelUp(AuthenticatedPeer authenticated, SourceLanes ofSession) {
        peer = Optional.of(authenticated);
        lanes = Optional.of(ofSession);
    }

    void onSender(BlockSender ofSession) {
        sender = Optional.of(ofSession);
    }

    void onReady(Accept accept) {
        accepted = Optional.of(accept);
    }

    void onDumper(Dumper connected) {
        dumper = Optional.of(connected);
    }

    void onFirstByte() {
        firstByteNanos = System.nanoTime();
    }

    void onResult(Result result) {
        pageServerExit = OptionalInt.of(result.pageServerExit());
    }

    /** Whether the dumper has begun its stream. */
    boolean streamHasBegun() {
        return firstByteNanos != 0;
    }

    StreamTotals totals() {
        return dumper.map(Dumper::totals).orElse(StreamTotals.NONE);
    }

    SessionFigures now(boolean checking) {
        return new SessionFigures(
                Side.SOURCE,
                plan.hello().session(),
                peer,
                plan.destination().toString(),
                totals(),
                lanes.map(SourceLanes::sentBytes).orElse(0L),
                lanes.map(SourceLanes::receivedBytes).orElse(0L),
                lanes.map(SourceLanes::count).orElse(1),
                streamHasBegun() ? (System.nanoTime() - firstByteNanos) / 1e9 : 0,
                checking,
                sender.map(BlockSender::totals).orElse(CodingTotals.NONE),
                plan.hello().host().pageSizeBytes(),
                accepted.map(Accept::imagesFolder),
                plan.hello().migration(),
                started);
    }

    SessionReport report(Outcome outcome, Optional<ExitStatus> dumperExit) {
        OptionalInt exit =
                dumperExit.isPresent()
                        ? OptionalInt.of(dumperExit.get().shellCode())
                        : OptionalInt.empty();
        return new SessionReport(now(false), outcome, pageServerExit, exit);
    }
}
