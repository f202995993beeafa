package io.pageproxy.source.migrate.dump;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** A dump that keeps the pages, and serves them to one client once it may. */
public interface LazyDump extends AutoCloseable {
    /**
     * Prepares its barrier, for the thread that calls this: the dump fails when that thread ends.
     *
     * @throws IOException where this host lacks what the barrier needs
     */
    void open() throws IOException;

    /** Starts it. */
    void start() throws IOException;

    /** Its process, while it runs. */
    long pid();

    /** Completes when all but the pages is dumped, and it is held, its tasks frozen. */
    CompletableFuture<Void> held();

    /** Completes with its exit code, as a shell has it. */
    CompletableFuture<Integer> ended();

    /** Lets it go on from where it is held, and listen. */
    void serve() throws IOException;

    /** Waits for its end, but no longer than that. */
    void awaitEnd(Duration timeout) throws InterruptedException;

    /** Has it fail, so that its tasks are let go; returns when it has ended. */
    void abort() throws InterruptedException;

    /** Takes the barrier down; a dump that is held there fails. */
    @Override
    void close();
}
