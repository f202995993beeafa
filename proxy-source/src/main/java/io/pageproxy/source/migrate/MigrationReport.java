package io.pageproxy.source.migrate;

import io.pageproxy.session.CloseReason;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.SessionReport;
import io.pageproxy.source.migrate.budget.BudgetReport;
import io.pageproxy.source.migrate.sync.SyncReport;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Report of a migration that is over.
 *
 * @param outcome how it ended, and what the operator should do, if anything
 * @param lazy whether the tree was to run at the destination before its pages were there
 * @param copy where the tree is now
 * @param rounds the completed rounds of pre-dumps
 * @param pages report of the session that carried the pages; empty if there was none
 * @param pid of the tree's root at the destination; empty if it does not run there
 * @param files number of images that were sent as files
 * @param fileBytes their total size
 * @param fileWireBytes bytes that the connection of the files sent, TLS included
 * @param times how long each phase took
 * @param id of the migration, the same on both hosts
 * @param started when it began
 * @param ended when it ended
 * @param budget what was predicted of the downtime; empty without --max-downtime
 * @param synced the folders whose files were copied
 */
public record MigrationReport(
        Outcome outcome,
        boolean lazy,
        Copy copy,
        List<Round> rounds,
        Optional<SessionReport> pages,
        OptionalLong pid,
        long files,
        long fileBytes,
        long fileWireBytes,
        Times times,
        Optional<String> id,
        Instant started,
        Instant ended,
        Optional<BudgetReport> budget,
        List<SyncReport> synced) {

    /** Where the only copy of the tree is. */
    public enum Copy {
        /** The tasks keep running at the source. */
        SOURCE,
        /** The tree runs at the destination. */
        DESTINATION,
        /** Nothing runs; the images at the destination are whole, for a restore by hand. */
        IMAGES,
        /** It is not known whether the tree runs, or on which side. */
        UNKNOWN
    }

    /**
     * A completed round of pre-dump.
     *
     * @param number from 1
     * @param pages report of its session
     * @param seconds duration, connecting included
     */
    public record Round(int number, SessionReport pages, double seconds) {}

    /**
     * Durations of consecutive phases in seconds; 0 for a phase that was not reached.
     *
     * @param pages from the start of criu dump until the images of the pages are whole; in a lazy
     *     migration, until the dump serves its pages
     * @param sync of the last pass over the files of the tree
     * @param files until the images that are sent as files are whole
     * @param restore until the tree is restored and held
     * @param commit until the copy at the destination runs
     * @param memory until the last page has arrived; 0 unless lazy
     * @param total of the whole migration, connecting included
     */
    public record Times(
            double pages,
            double sync,
            double files,
            double restore,
            double commit,
            double memory,
            double total) {
        /** Upper bound of the time in which no task of the tree ran. */
        public double downtimeAtMost() {
            return pages + sync + files + restore + commit;
        }
    }

    /** Exit code of the program; an order to stop before the start is a failure here. */
    public int exitCode() {
        int code = outcome.reason().exitCode();
        return code == 0 && !good() ? CloseReason.SHUTDOWN.exitCode() : code;
    }

    /** Whether the migration succeeded. */
    public boolean good() {
        return outcome.good();
    }
}
