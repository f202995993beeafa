package io.pageproxy.session;

import io.pageproxy.pagestream.StreamTotals;
import io.pageproxy.text.SafeText;
import java.time.Instant;
import java.util.Optional;

/**
 * Statistics of an active or finished session as seen by one side.
 *
 * @param side the reporting side
 * @param session the session's name; empty if it has none
 * @param peer the authenticated peer, if any
 * @param peerAddress the peer's address for display
 * @param totals totals of the page stream
 * @param wireBytesSent bytes sent by this proxy, including TLS overhead
 * @param wireBytesReceived bytes received by this proxy, including TLS overhead
 * @param lanes number of connections; byte counts include all of them
 * @param seconds time since the first byte of the stream; 0 if the stream has not started
 * @param checking whether everything is sent and the destination checks its images
 * @param coding blocks by codec, and pages that were sent as references
 * @param pageSizeBytes the hosts' page size
 * @param imagesFolder folder of the images on the destination, if known
 * @param migration id of the migration that the session is a part of, if it is
 * @param started when the session began
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
        boolean checking,
        CodingTotals coding,
        int pageSizeBytes,
        Optional<String> imagesFolder,
        Optional<String> migration,
        Instant started) {

    /** Shortens the name, because an unchecked name from a peer may be arbitrarily long. */
    public SessionFigures {
        session = session.map(name -> SafeText.abridged(name, SessionName.MAX_CHARS));
    }

    /** Adds what the session of a migration's pages has carried. */
    SessionFigures withPages(SessionFigures pages) {
        return new SessionFigures(
                side,
                session,
                peer,
                peerAddress,
                pages.totals,
                wireBytesSent + pages.wireBytesSent,
                wireBytesReceived + pages.wireBytesReceived,
                pages.lanes,
                pages.seconds,
                checking,
                pages.coding,
                pageSizeBytes,
                imagesFolder.or(pages::imagesFolder),
                migration,
                started.isBefore(pages.started) ? started : pages.started);
    }

    /** The peer's name from its certificate; empty if no peer is authenticated. */
    public Optional<String> peerName() {
        return peer.map(AuthenticatedPeer::name);
    }

    /** Bytes of the transferred pages. */
    public long pageBytes() {
        return totals.pages() * pageSizeBytes;
    }
}
