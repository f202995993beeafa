package io.pageproxy.dest;

import io.pageproxy.frame.Frame.Attach;
import io.pageproxy.frame.Frame.Hello;
import io.pageproxy.pagestream.StreamTotals;
import io.pageproxy.process.ExitStatus;
import io.pageproxy.session.AuthenticatedPeer;
import io.pageproxy.session.CodingTotals;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.SessionReport;
import io.pageproxy.session.Side;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;

/** What has become known of one session, for its report; filled in on its event loop. */
final class SessionFacts {
    private final String peerAddress;
    private final int pageSizeBytes;
    private Optional<AuthenticatedPeer> peer = Optional.empty();
    private Optional<String> session = Optional.empty();
    private Optional<Path> imagesFolder = Optional.empty();
    private Optional<ExitStatus> pageServerExit = Optional.empty();
    private long firstByteNanos;

    SessionFacts(String peerAddress, int pageSizeBytes) {
        this.peerAddress = peerAddress;
        this.pageSizeBytes = pageSizeBytes;
    }

    String peerAddress() {
        return peerAddress;
    }

    void authenticated(AuthenticatedPeer authenticated) {
        peer = Optional.of(authenticated);
    }

    void greeted(Hello hello) {
        session = hello.session();
    }

    void attached(Attach attach) {
        session = attach.session();
    }

    void prepared(Path folder) {
        imagesFolder = Optional.of(folder);
    }

    void streamBegins() {
        firstByteNanos = System.nanoTime();
    }

    boolean streamHasBegun() {
        return firstByteNanos != 0;
    }

    void pageServerEnded(ExitStatus exit) {
        pageServerExit = Optional.of(exit);
    }

    SessionReport report(
            Outcome outcome, StreamTotals totals, Optional<DestLanes> lanes, CodingTotals coding) {
        return new SessionReport(
                Side.DESTINATION,
                session,
                peer,
                peerAddress,
                outcome,
                pageServerExit
                        .map(exit -> OptionalInt.of(exit.shellCode()))
                        .orElse(OptionalInt.empty()),
                totals,
                lanes.map(DestLanes::sentBytes).orElse(0L),
                lanes.map(DestLanes::receivedBytes).orElse(0L),
                lanes.map(set -> set.grant().lanes()).orElse(1),
                streamHasBegun() ? (System.nanoTime() - firstByteNanos) / 1e9 : 0,
                coding,
                pageSizeBytes,
                imagesFolder.map(Path::toString));
    }
}
