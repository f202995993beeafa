package io.pageproxy.source.migrate.dump;

import io.pageproxy.criu.Task;
import io.pageproxy.source.dumper.DumperEnd;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A dump that keeps the pages, and serves them to one client once it is permitted to. */
public interface LazyDump extends AutoCloseable {
    /**
     * Prepares its barrier, for the thread that calls this: the dump fails when that thread ends.
     *
     * @throws IOException if this host lacks something that the barrier needs
     */
    void open() throws IOException;

    /**
     * Starts it.
     *
     * @param roundsDone how many rounds it builds on
     */
    void start(int roundsDone) throws IOException;

    /** The CRIU that holds the tasks; empty if it has ended. */
    Optional<Task> process();

    /** Completes when everything but the pages is dumped and the dump is held, its tasks frozen. */
    CompletableFuture<Void> held();

    /** Completes with its end; empty if that cannot be found out. */
    CompletableFuture<Optional<DumperEnd>> ended();

    /** Lets the held dump continue and listen. */
    void serve() throws IOException;

    /** Waits for its end, but no longer than that. */
    default void awaitEnd(Duration timeout) throws InterruptedException {
        try {
            ended().get(timeout.toNanos(), TimeUnit.NANOSECONDS);
        } catch (ExecutionException | TimeoutException e) {
            return; // Whether it has ended is for ended() to say.
        }
    }

    /** Makes the dump fail, so that its tasks are released; returns when it has ended. */
    void abort() throws InterruptedException;

    /** Removes the barrier; a dump that is held there fails. */
    @Override
    void close();
}
