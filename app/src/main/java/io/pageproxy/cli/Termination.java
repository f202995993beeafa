package io.pageproxy.cli;

import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;

/**
 * Handles SIGTERM and SIGINT: the work is asked to stop and completes in order, and its exit code
 * becomes the process's, not 143.
 */
public final class Termination {
    private Termination() {}

    /**
     * Runs work on this thread.
     *
     * @param work returns the exit code
     * @param stop asks the work to stop; called on another thread, at most once
     */
    public static int run(Callable<Integer> work, Runnable stop) throws Exception {
        int[] exitCode = {1};
        CountDownLatch done = new CountDownLatch(1);
        Thread hook =
                new Thread(
                        () -> {
                            stop.run();
                            awaitUninterruptibly(done);
                            Runtime.getRuntime().halt(exitCode[0]);
                        },
                        "stop-on-signal");
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            exitCode[0] = work.call();
            return exitCode[0];
        } finally {
            done.countDown();
            removeHook(hook);
        }
    }

    /** Ends the process now, without its work being completed. */
    public static void endNow(int exitCode) {
        Runtime.getRuntime().halt(exitCode);
    }

    private static void awaitUninterruptibly(CountDownLatch done) {
        try {
            done.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void removeHook(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The process is already shutting down; the hook does the rest.
        }
    }
}
