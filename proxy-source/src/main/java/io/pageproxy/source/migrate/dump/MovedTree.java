package io.pageproxy.source.migrate.dump;

import io.pageproxy.process.ChildLauncher;
import io.pageproxy.source.dumper.DumpCommand;
import io.pageproxy.source.migrate.budget.Throttle;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.CompletableFuture;

/**
 * The tree that a migration moves, and everything on this host that needs rights over it: dumping
 * it, reading what the dump has left, stopping and ending it. This process does so, or has its
 * monitor do so.
 *
 * <p>Closing it releases tasks that are still held, if that is safe.
 */
public interface MovedTree extends AutoCloseable {
    /** Whether the root of the tree is still there, and is the same process. */
    boolean lives();

    /**
     * Prepares the barrier of dumps that push their pages, for the thread that calls this: a held
     * dump fails when that thread ends.
     *
     * @throws IOException if this host lacks something that the barrier needs
     */
    void open() throws IOException;

    /**
     * Makes the folder of a round.
     *
     * @return the command of its pre-dump
     * @throws IOException if the folder, or what runc needs, cannot be made
     */
    DumpCommand preDumper(int round) throws IOException;

    /**
     * The folder of a round, where this process can write what a lazy dump will look up.
     *
     * @return empty if it has no rights there
     */
    default Optional<Path> localRound(int round) {
        return Optional.empty();
    }

    /**
     * How long a round's pre-dump held the tasks, in seconds.
     *
     * @return empty if CRIU's statistics cannot be read
     */
    default OptionalDouble frozenSeconds(int round) {
        return OptionalDouble.empty();
    }

    /**
     * Gets ready to throttle the tree, which is not throttled so far.
     *
     * @throws IOException if that is not possible; the message says why
     */
    default Throttle throttle() throws IOException {
        throw new IOException(
                "--auto-converge: the process that sends the pages has no rights over the tree's"
                        + " cgroup (source --control --user): leave it out, or use a source without"
                        + " --user");
    }

    /** The command of the dump, which the barrier holds. */
    DumpCommand dumper(int roundsDone);

    /** Starts these commands. */
    ChildLauncher launcher();

    /** Completes when the dump is held, its tasks frozen. */
    CompletableFuture<Void> held();

    /** Lets the held dump continue, which ends the tasks. */
    void go() throws IOException;

    /** Makes a held dump fail, now or when it gets there, so that its tasks run on. */
    void release();

    /**
     * What the dump has left.
     *
     * @param pages whether the images of pages count, which a page server writes otherwise
     */
    DumpedImages images(boolean pages) throws IOException;

    /**
     * Notes which processes the tree has now.
     *
     * @return how many
     */
    int count() throws IOException;

    /**
     * Waits until all processes that were noted are gone.
     *
     * @return whether they are gone within the timeout
     * @throws java.io.UncheckedIOException if that cannot be found out
     */
    boolean awaitGone(Duration timeout) throws InterruptedException;

    /**
     * Removes the rules by which CRIU has blocked the tree's connections here, which it leaves
     * behind when it has killed the tasks: the connections go on elsewhere. Does nothing if they
     * have not moved. What cannot be removed is logged.
     */
    void unlockConnections();

    /** Waits until the CRIU that held the tasks is gone, whoever started it, but not for ever. */
    void awaitHolderGone() throws InterruptedException;

    /**
     * A dump that keeps the pages.
     *
     * @param port of the loopback address, where it will serve them
     */
    LazyDump lazyDump(int port);

    /**
     * Gets ready to stop the tree, which runs on: its watchdog is started before it is frozen.
     *
     * @throws IOException if it cannot be watched
     */
    StoppedTree prepareStop() throws IOException;

    @Override
    void close();
}
