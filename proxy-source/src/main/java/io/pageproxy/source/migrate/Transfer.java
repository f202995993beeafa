package io.pageproxy.source.migrate;

import io.pageproxy.session.Outcome;
import io.pageproxy.session.SessionFigures;
import io.pageproxy.session.SessionReport;
import io.pageproxy.source.migrate.MigrationReport.Round;
import io.pageproxy.source.migrate.commit.MigrationFailedException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What the two kinds of migration do differently: how the memory goes over, and how the tasks here
 * are held and end. {@link Migration} calls it on its own thread, one method for one phase, and
 * decides what follows; each method blocks until its phase's work is done. A method throws {@link
 * MigrationFailedException} where the work has failed.
 */
interface Transfer extends AutoCloseable {
    /** Whether the tree runs at the destination before its memory is there. */
    boolean isLazy();

    /**
     * Prepares what only this host is needed for.
     *
     * @throws IOException where this host lacks it; nothing has been frozen then
     */
    void open() throws IOException;

    /** {@link MigrationPhase#DUMPING}: returns when the tasks are frozen and dumped. */
    void dump() throws IOException;

    /** The images that go over as files. */
    List<Path> images() throws IOException;

    /** The destination holds the restored tree, and has not been told that it may run. */
    default void onRestored() throws IOException {}

    /** {@link MigrationPhase#RESUMING}; never called on a transfer that is not lazy. */
    default void resume() {
        throw new IllegalStateException("not a lazy transfer");
    }

    /** {@link MigrationPhase#FETCHING_MEMORY}; never called on a transfer that is not lazy. */
    default void fetchMemory() {
        throw new IllegalStateException("not a lazy transfer");
    }

    /**
     * {@link MigrationPhase#RECALLING}: returns where the destination's copy has all memory, and
     * throws where that copy is ended; never called on a transfer that is not lazy.
     *
     * @param why what has failed
     */
    default void recall(Outcome why) throws InterruptedException {
        throw new IllegalStateException("not a lazy transfer");
    }

    /** {@link MigrationPhase#ENDING_TASKS}: returns when the tasks here are gone. */
    void endTasks() throws InterruptedException;

    /** {@link MigrationPhase#COMMITTING}: tells the destination so, and says how it ended. */
    Verdict commit() throws InterruptedException;

    /** Ends the sessions of the pages at once; does not wait. */
    void fail(Outcome why);

    /**
     * Lets the tasks run on here; returns when the dump has ended.
     *
     * @param why what has failed
     * @return the same, with what only the transfer knows of it
     */
    Outcome releaseTasks(Outcome why) throws InterruptedException;

    /** The rounds of pre-dumps that are over. */
    List<Round> rounds();

    /** The report of the session that carried the pages; empty where there is none. */
    Optional<SessionReport> pages();

    /** How far the pages are; empty where none flow. Any thread. */
    List<SessionFigures> progress();

    /** Ends its threads; tasks that are still held are let go, as far as that is safe. */
    @Override
    void close();
}
