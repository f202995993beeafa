package io.pageproxy.cli;

import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;

/**
 * The end by SIGTERM or SIGINT: the work is told to stop, ends in its own good order, and its exit
 * code is the process's, not 143.
 */
public final class Termination {
    private Termination() {}

    /**
     * Does the work on this thread.
     *
     * @param work returns the exit code
     * @param stop tells the work to come to its end; called on another thread, at most once
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
            // The process is ending: the hook does the rest.
        }
    }
}
