package io.pageproxy.session;

import io.pageproxy.pagestream.StreamTotals;
import io.pageproxy.text.SafeText;
import java.util.Optional;

/**
 * What one side knows of a session at one moment, be it under way or over.
 *
 * @param side which proxy speaks
 * @param session its name; empty where it had none
 * @param peer who is at the other end; empty where nobody is authenticated
 * @param peerAddress the other end's address, for people
 * @param totals what the plain stream has carried
 * @param wireBytesSent bytes sent on the wire by this proxy, TLS included
 * @param wireBytesReceived bytes received on the wire by this proxy, TLS included
 * @param lanes how many connections carry it; the counts of bytes are those of all
 * @param seconds since the first byte of the stream; 0 where no stream has begun
 * @param coding blocks by codec, and pages that were not sent
 * @param pageSizeBytes the hosts' page size
 * @param imagesFolder where the images are on the destination; empty where it is not known
 */
public record SessionFigures(
        Side side,
        Optional<String> session,
        Optional<AuthenticatedPeer> peer,
        String peerAddress,
        StreamTotals totals,
        long wireBytesSent,
        long wireBytesReceived,
        int lanes,
        double seconds,
        CodingTotals coding,
        int pageSizeBytes,
        Optional<String> imagesFolder) {

    /** Abridges the name: until it is checked, a peer may call a session what it likes. */
    public SessionFigures {
        session = session.map(name -> SafeText.abridged(name, SessionName.MAX_CHARS));
    }

    /** The peer's name as its certificate says; empty where nobody is authenticated. */
    public Optional<String> peerName() {
        return peer.map(AuthenticatedPeer::name);
    }

    /** Bytes of the pages that were carried. */
    public long pageBytes() {
        return totals.pages() * pageSizeBytes;
    }
}
