package io.pageproxy.dest.session;

import io.netty.channel.EventLoop;
import io.pageproxy.async.Reactions;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Runs blocking work on other threads and returns its result to a session's event loop.
 *
 * @param threads threads that may block
 * @param loop the session's event loop
 */
public record Workers(Executor threads, EventLoop loop) {

    /**
     * Runs the work on a worker, and then one of the two callbacks on the event loop; {@code
     * failed} also if {@code then} throws.
     */
    public <T> void run(Supplier<T> work, Consumer<T> then, Consumer<Throwable> failed) {
        Reactions.when(CompletableFuture.supplyAsync(work, threads), loop, then, failed);
    }
}
