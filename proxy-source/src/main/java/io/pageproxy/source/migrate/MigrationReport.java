package io.pageproxy.source.migrate;

import io.pageproxy.session.CloseReason;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.SessionReport;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * All there is to say of a migration that is over.
 *
 * @param outcome how it ended, and what to do where that is anything
 * @param lazy whether the tree was to run before its pages came
 * @param copy where the tree is now
 * @param rounds what went before, where pre-dumps did; all good
 * @param pages of the last session, that carried the pages; empty where there was none
 * @param pid of the tree's root at the destination; empty where it does not run there
 * @param files how many other images went over
 * @param fileBytes how long they are together
 * @param fileWireBytes bytes that their connection sent, TLS included
 * @param times how long each phase took
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
        Times times) {

    /** Where the one copy of the tree is. */
    public enum Copy {
        /** Its tasks run on where they were. */
        SOURCE,
        /** It runs there. */
        DESTINATION,
        /** Whole images there, nothing runs: for a restore by hand. */
        IMAGES,
        /** Nothing runs here any more, and whether it does there could not be heard. */
        UNKNOWN
    }

    /**
     * A round of pre-dump that is over.
     *
     * @param number from 1
     * @param pages of the session that carried them; good
     * @param seconds all of it, the connection too
     */
    public record Round(int number, SessionReport pages, double seconds) {}

    /**
     * How long things took, in seconds; 0 for what was not come to.
     *
     * @param pages from the start of criu dump to the images of the pages being whole; where they
     *     come last, to those of all else
     * @param files until the other images were whole
     * @param restore until the tree was restored and held
     * @param commit until the source's copy was gone and the other one ran
     * @param memory until the last page of a tree that runs already had come; 0 unless lazy
     * @param total all of it, the connection too
     */
    public record Times(
            double pages,
            double files,
            double restore,
            double commit,
            double memory,
            double total) {
        /** No task of the tree ran for at most so long. */
        public double downtimeAtMost() {
            return pages + files + restore + commit;
        }
    }

    /** The program's: to be told to stop before anything was begun is no success here. */
    public int exitCode() {
        int code = outcome.reason().exitCode();
        return code == 0 && !good() ? CloseReason.SHUTDOWN.exitCode() : code;
    }

    /** Whether it went as it should. */
    public boolean good() {
        return outcome.good();
    }
}
