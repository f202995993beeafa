package io.pageproxy.async;

/** Waits for what ends soon, also on a thread that is interrupted. */
public final class Uninterruptibly {
    private Uninterruptibly() {}

    /** Something that waits. */
    @FunctionalInterface
    public interface Wait {
        void await() throws InterruptedException;
    }

    /** Waits to the end; the thread is interrupted afterwards if it was meanwhile. */
    public static void run(Wait wait) {
        boolean interrupted = false;
        for (boolean done = false; !done; ) {
            try {
                wait.await();
                done = true;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
