package io.pageproxy.dest.session;

import io.pageproxy.frame.Frame.Attach;
import io.pageproxy.frame.Frame.Hello;
import io.pageproxy.pagestream.StreamTotals;
import io.pageproxy.process.ExitStatus;
import io.pageproxy.session.AuthenticatedPeer;
import io.pageproxy.session.CodingTotals;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.SessionFigures;
import io.pageproxy.session.SessionReport;
import io.pageproxy.session.Side;
import io.pageproxy.tunnel.Tunnel;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;

/** Facts about one session for its report, collected on its event loop. */
public final class SessionFacts {
    private final String peerAddress;
    private final int pageSizeBytes;
    private Optional<AuthenticatedPeer> peer = Optional.empty();
    private Optional<String> session = Optional.empty();
    private Optional<Path> imagesFolder = Optional.empty();
    private Optional<ExitStatus> pageServerExit = Optional.empty();
    private Optional<String> migration = Optional.empty();
    private final Instant started = Instant.now();
    private long firstByteNanos;

    public SessionFacts(String peerAddress, int pageSizeBytes) {
        this.peerAddress = peerAddress;
        this.pageSizeBytes = pageSizeBytes;
    }

    public String peerAddress() {
        return peerAddress;
    }

    public void authenticated(AuthenticatedPeer authenticated) {
        peer = Optional.of(authenticated);
    }

    public void greeted(Hello hello) {
        session = hello.session();
        migration = hello.migration();
    }

    public void attached(Attach attach) {
        session = attach.session();
        migration = attach.migration();
    }

    public void prepared(Path folder) {
        imagesFolder = Optional.of(folder);
    }

    public void streamBegins() {
        firstByteNanos = System.nanoTime();
    }

    public boolean streamHasBegun() {
        return firstByteNanos != 0;
    }

    public void pageServerEnded(ExitStatus exit) {
        pageServerExit = Optional.of(exit);
    }

    /** Traffic of the connections of one session. */
    public record Wire(long sentBytes, long receivedBytes, int lanes) {
        /** Traffic of a session's only connection. */
        public static Wire of(Tunnel tunnel) {
            return new Wire(tunnel.sentBytes(), tunnel.receivedBytes(), 1);
        }
    }

    public SessionReport report(Outcome outcome, SessionFigures figures) {
        return new SessionReport(
                figures,
                outcome,
                pageServerExit
                        .map(exit -> OptionalInt.of(exit.shellCode()))
                        .orElse(OptionalInt.empty()));
    }

    public SessionFigures figures(StreamTotals totals, Optional<Wire> wire, CodingTotals coding) {
        return new SessionFigures(
                Side.DESTINATION,
                session,
                peer,
                peerAddress,
                totals,
                wire.map(Wire::sentBytes).orElse(0L),
                wire.map(Wire::receivedBytes).orElse(0L),
                wire.map(Wire::lanes).orElse(1),
                streamHasBegun() ? (System.nanoTime() - firstByteNanos) / 1e9 : 0,
                false,
                coding,
                pageSizeBytes,
                imagesFolder.map(Path::toString),
                migration,
                started);
    }
}
