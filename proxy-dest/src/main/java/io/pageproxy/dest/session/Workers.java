package io.pageproxy.dest.session;

import io.netty.channel.EventLoop;
import io.pageproxy.async.Reactions;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Takes what blocks off a session's event loop and brings its result back to it.
 *
 * @param threads where things may block
 * @param loop the session's
 */
public record Workers(Executor threads, EventLoop loop) {

    /**
     * Does the work on a worker, then one of the two on the event loop; the second also where the
     * first throws.
     */
    public <T> void run(Supplier<T> work, Consumer<T> then, Consumer<Throwable> failed) {
        Reactions.when(CompletableFuture.supplyAsync(work, threads), loop, then, failed);
    }
}
