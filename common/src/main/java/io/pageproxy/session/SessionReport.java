package io.pageproxy.session;

import io.pageproxy.pagestream.StreamTotals;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * All there is to say of a session that is over.
 *
 * @param figures who it was between, and what it has carried
 * @param outcome how it ended
 * @param pageServerExit the page server's exit code as a shell states it; empty where it never ran
 *     or its end is not known
 * @param dumperExit the dumper's exit code as a shell states it; empty where another started it, or
 *     its end is not known
 */
public record SessionReport(
        SessionFigures figures,
        Outcome outcome,
        OptionalInt pageServerExit,
        OptionalInt dumperExit) {

    /** One of a session whose dumper's exit code is not known. */
    public SessionReport(SessionFigures figures, Outcome outcome, OptionalInt pageServerExit) {
        this(figures, outcome, pageServerExit, OptionalInt.empty());
    }

    /**
     * The exit code of a proxy that had this session only: the dumper's where all hung on that. To
     * be told to stop before there was a dumper is good for whoever was told, not for its peer.
     */
    public int exitCode() {
        CloseReason reason = outcome.reason();
        if (reason == CloseReason.DUMP_FAILED) {
            return dumperExit.orElse(reason.exitCode());
        }
        return stoppedByPeer() ? CloseReason.SHUTDOWN.exitCode() : reason.exitCode();
    }

    /** Whether the peer was told to stop before anything depended on this session. */
    public boolean stoppedByPeer() {
        return outcome.reason() == CloseReason.STOPPED_IDLE && outcome.side() != side();
    }

    /** Which proxy speaks. */
    public Side side() {
        return figures.side();
    }

    /** Its name; empty where it had none. */
    public Optional<String> session() {
        return figures.session();
    }

    /** Who was at the other end; empty where nobody was authenticated. */
    public Optional<AuthenticatedPeer> peer() {
        return figures.peer();
    }

    /** The peer's name as its certificate says; empty where nobody was authenticated. */
    public Optional<String> peerName() {
        return figures.peerName();
    }

    /** The other end's address, for people. */
    public String peerAddress() {
        return figures.peerAddress();
    }

    /** What the plain stream carried. */
    public StreamTotals totals() {
        return figures.totals();
    }

    /** Bytes of the pages that were carried. */
    public long pageBytes() {
        return figures.pageBytes();
    }

    /** Bytes sent on the wire by this proxy, TLS included. */
    public long wireBytesSent() {
        return figures.wireBytesSent();
    }

    /** Bytes received on the wire by this proxy, TLS included. */
    public long wireBytesReceived() {
        return figures.wireBytesReceived();
    }

    /** How many connections carried it. */
    public int lanes() {
        return figures.lanes();
    }

    /** From the first byte of the stream to the end; 0 where no stream began. */
    public double seconds() {
        return figures.seconds();
    }

    /** Blocks by codec, and pages that were not sent. */
    public CodingTotals coding() {
        return figures.coding();
    }

    /** Where the images are on the destination; empty where it is not known. */
    public Optional<String> imagesFolder() {
        return figures.imagesFolder();
    }
}
