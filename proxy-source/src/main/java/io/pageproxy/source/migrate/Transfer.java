package io.pageproxy.source.migrate;

import io.pageproxy.session.Outcome;
import io.pageproxy.session.SessionFigures;
import io.pageproxy.session.SessionReport;
import io.pageproxy.source.migrate.MigrationReport.Round;
import io.pageproxy.source.migrate.budget.BudgetReport;
import io.pageproxy.source.migrate.commit.MigrationFailedException;
import io.pageproxy.source.migrate.dump.DumpedImages;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * What the two kinds of migration do differently: how the memory is transferred, and how the tasks
 * here are held and ended. {@link Migration} calls it on its own thread, one method for one phase,
 * and decides what follows; each method blocks until its phase's work is done. A method throws
 * {@link MigrationFailedException} if the work fails.
 */
interface Transfer extends AutoCloseable {
    /** Whether the tree runs at the destination before its memory is there. */
    boolean isLazy();

    /**
     * Makes the preparations that only need this host.
     *
     * @throws IOException if this host lacks something; nothing has been frozen then
     */
    void open() throws IOException;

    /**
     * {@link MigrationPhase#DUMPING}: returns when the tasks are frozen and dumped.
     *
     * @param roundsDone how many rounds of pre-dumps the dump builds on
     */
    void dump(int roundsDone) throws IOException;

    /** The images that go over as files. */
    DumpedImages images() throws IOException;

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
     * {@link MigrationPhase#RECALLING}: returns if the destination's copy has all memory, and
     * throws if that copy has been ended; never called on a transfer that is not lazy.
     *
     * @param why what has failed
     */
    default void recall(Outcome why) throws InterruptedException {
        throw new IllegalStateException("not a lazy transfer");
    }

    /** {@link MigrationPhase#ENDING_TASKS}: returns when the tasks here are gone. */
    void endTasks() throws InterruptedException;

    /**
     * {@link MigrationPhase#COMMITTING}: tells the destination so, and returns how the migration
     * ended.
     */
    Verdict commit() throws InterruptedException;

    /** Ends the sessions of the pages at once; does not wait. */
    void fail(Outcome why);

    /**
     * Lets the tasks run on here; returns when the dump has ended.
     *
     * @param why what has failed
     * @return the same, with details that only the transfer knows
     */
    Outcome releaseTasks(Outcome why) throws InterruptedException;

    /** The rounds of pre-dumps that are over. */
    default List<Round> rounds() {
        return List.of();
    }

    /** What was predicted of the downtime; empty without a budget. */
    default Optional<BudgetReport> budget() {
        return Optional.empty();
    }

    /** The report of the session that carried the pages; empty if there is none. */
    Optional<SessionReport> pages();

    /** Statistics of the sessions that send pages; empty if there are none. Any thread. */
    List<SessionFigures> progress();

    /** Ends its threads, and releases tasks that are still held if that is safe. */
    @Override
    void close();
}
