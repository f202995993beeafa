package io.pageproxy.session;

import io.pageproxy.pagestream.StreamTotals;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * All there is to say of a session that is over.
 *
 * @param side which proxy speaks
 * @param session its name; empty where it had none
 * @param peer who was at the other end; empty where nobody was authenticated
 * @param peerAddress the other end's address, for people
 * @param outcome how it ended
 * @param pageServerExit the page server's exit code as a shell states it; empty where it never ran
 *     or its end is not known
 * @param totals what the plain stream carried
 * @param wireBytesSent bytes sent on the wire by this proxy, TLS included
 * @param wireBytesReceived bytes received on the wire by this proxy, TLS included
 * @param lanes how many connections carried it; the counts of bytes are those of all
 * @param seconds from the first byte of the stream to the end; 0 where no stream began
 * @param coding blocks by codec, and pages that were not sent
 * @param pageSizeBytes the hosts' page size
 * @param imagesFolder where the images are on the destination; empty where it is not known
 */
public record SessionReport(
        Side side,
        Optional<String> session,
        Optional<AuthenticatedPeer> peer,
        String peerAddress,
        Outcome outcome,
        OptionalInt pageServerExit,
        StreamTotals totals,
        long wireBytesSent,
        long wireBytesReceived,
        int lanes,
        double seconds,
        CodingTotals coding,
        int pageSizeBytes,
        Optional<String> imagesFolder) {

    /** The peer's name as its certificate says; empty where nobody was authenticated. */
    public Optional<String> peerName() {
        return peer.map(AuthenticatedPeer::name);
    }

    /** Bytes of the pages that were carried. */
    public long pageBytes() {
        return totals.pages() * pageSizeBytes;
    }
}
