package io.pageproxy.async;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;

/** Blocking work on a daemon thread of its own. */
public final class BackgroundTask {
    private BackgroundTask() {}

    /**
     * Starts it.
     *
     * @param name of the thread
     * @return completes with the task's result, or with whatever it throws
     */
    public static <T> CompletableFuture<T> start(String name, Callable<T> task) {
        CompletableFuture<T> result = new CompletableFuture<>();
        Thread thread = new Thread(() -> run(task, result), name);
        thread.setDaemon(true);
        thread.start();
        return result;
    }

    private static <T> void run(Callable<T> task, CompletableFuture<T> result) {
        try {
            result.complete(task.call());
        } catch (Exception | Error e) {
            result.completeExceptionally(e);
        }
    }
}
