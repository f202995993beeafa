package io.pageproxy.session;

import io.pageproxy.pagestream.StreamTotals;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The final report of a session.
 *
 * @param figures the peers and the statistics
 * @param outcome how it ended
 * @param pageServerExit the page server's exit code in shell notation; empty if it never ran or is
 *     unknown
 * @param dumperExit the dumper's exit code in shell notation; empty if another process started it
 *     or it is unknown
 * @param ended when it ended
 * @param migration what became of the tree, if this is the report of a migration
 */
public record SessionReport(
        SessionFigures figures,
        Outcome outcome,
        OptionalInt pageServerExit,
        OptionalInt dumperExit,
        Instant ended,
        Optional<MigrationResult> migration) {

    /** Creates the report of a session whose dumper's exit code is unknown. */
    public SessionReport(SessionFigures figures, Outcome outcome, OptionalInt pageServerExit) {
        this(figures, outcome, pageServerExit, OptionalInt.empty());
    }

    /** Creates the report of a session that ends now. */
    public SessionReport(
            SessionFigures figures,
            Outcome outcome,
            OptionalInt pageServerExit,
            OptionalInt dumperExit) {
        this(figures, outcome, pageServerExit, dumperExit, Instant.now(), Optional.empty());
    }

    /** Makes this the report of a migration. */
    public SessionReport ofMigration(MigrationResult result) {
        return new SessionReport(
                figures, outcome, pageServerExit, dumperExit, ended, Optional.of(result));
    }

    /**
     * Joins the reports of the two sessions of a migration, of which this one carried the files and
     * the commit. The failure that came first tells the cause.
     *
     * @param pages the report of the session that carried the pages
     */
    public SessionReport withPages(SessionReport pages) {
        boolean pagesFailedFirst =
                !pages.outcome.good() && !outcome.good() && pages.ended.isBefore(ended);
        return new SessionReport(
                figures.withPages(pages.figures),
                pagesFailedFirst ? pages.outcome : outcome,
                pages.pageServerExit,
                pages.dumperExit,
                pages.ended.isAfter(ended) ? pages.ended : ended,
                migration.map(
                        result -> pages.streamBegan().map(result::pausedSince).orElse(result)));
    }

    /** When the first byte of the stream came; empty if none did. */
    private Optional<Instant> streamBegan() {
        return seconds() > 0
                ? Optional.of(ended.minusNanos(Math.round(seconds() * 1e9)))
                : Optional.empty();
    }

    /**
     * The exit code of a proxy that ran only this session; that of the dumper if it alone failed,
     * after its pages had arrived. Being told to stop before a dumper arrived counts as success for
     * the side that was told, not for its peer.
     */
    public int exitCode() {
        CloseReason reason = outcome.reason();
        if (reason == CloseReason.DUMP_FAILED && pageServerExit.isPresent()) {
            return dumperExit.orElse(reason.exitCode());
        }
        return stoppedByPeer() ? CloseReason.SHUTDOWN.exitCode() : reason.exitCode();
    }

    /** Whether the peer was told to stop before anything depended on this session. */
    public boolean stoppedByPeer() {
        return outcome.reason() == CloseReason.STOPPED_IDLE && outcome.side() != side();
    }

    /** The reporting side. */
    public Side side() {
        return figures.side();
    }

    /** The session's name, if it has one. */
    public Optional<String> session() {
        return figures.session();
    }

    /** The authenticated peer, if any. */
    public Optional<AuthenticatedPeer> peer() {
        return figures.peer();
    }

    /** The peer's name from its certificate; empty if no peer was authenticated. */
    public Optional<String> peerName() {
        return figures.peerName();
    }

    /** Totals of the page stream. */
    public StreamTotals totals() {
        return figures.totals();
    }

    /** Bytes of the transferred pages. */
    public long pageBytes() {
        return figures.pageBytes();
    }

    /** Bytes sent by this proxy, including TLS overhead. */
    public long wireBytesSent() {
        return figures.wireBytesSent();
    }

    /** Time from the first byte of the stream to the end; 0 if the stream never started. */
    public double seconds() {
        return figures.seconds();
    }

    /** Folder of the images on the destination, if known. */
    public Optional<String> imagesFolder() {
        return figures.imagesFolder();
    }
}
