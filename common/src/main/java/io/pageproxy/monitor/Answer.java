package io.pageproxy.monitor;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** The answer to a request, which a thread waits for. */
public final class Answer<T> {
    private final CompletableFuture<T> future = new CompletableFuture<>();

    /** Gives the answer; ignored if there is one. */
    public void complete(T value) {
        future.complete(value);
    }

    /** The monitor has refused it. */
    public void fail(String why) {
        future.completeExceptionally(new IOException(why));
    }

    /** There will be no answer. */
    public void monitorGone() {
        fail("the monitor has ended");
    }

    /** Whether it was refused. */
    public boolean isFailed() {
        return future.isCompletedExceptionally();
    }

    /**
     * Waits for the answer; blocks.
     *
     * @throws IOException with the reason of a refusal
     */
    public T await() throws IOException {
        try {
            return future.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } catch (ExecutionException e) {
            throw new IOException(e.getCause().getMessage(), e);
        }
    }
}
