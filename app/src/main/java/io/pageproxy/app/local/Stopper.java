package io.pageproxy.app.local;

/**
 * Lets a signal stop a command at any point: the operation that it waits for is stopped, and its
 * thread is interrupted so that it cleans up.
 */
public final class Stopper {
    private final Thread worker = Thread.currentThread();
    private Runnable current = () -> {};
    private boolean stopped;
    private boolean cleaning;

    /** Sets how to stop the current operation. */
    public synchronized void onStop(Runnable stop) throws InterruptedException {
        if (stopped) {
            throw new InterruptedException();
        }
        current = stop;
    }

    /** Stops the current operation; callable on any thread. */
    public synchronized void stop() {
        stopped = true;
        if (!cleaning) {
            current.run();
            worker.interrupt();
        }
    }

    /** Disables interrupts because the worker cleans up. */
    public synchronized void shield() {
        cleaning = true;
        Thread.interrupted();
    }

    /** Whether {@link #stop} was called. */
    public synchronized boolean stopped() {
        return stopped;
    }
}
