package io.pageproxy.app.local;

/**
 * Lets a signal end a command wherever it is: what it waits for is told to stop, and its thread is
 * interrupted, so that it goes on to clean up.
 */
public final class Stopper {
    private final Thread worker = Thread.currentThread();
    private Runnable current = () -> {};
    private boolean stopped;
    private boolean cleaning;

    /** From now on this is what has to be told. */
    public synchronized void tell(Runnable stop) throws InterruptedException {
        if (stopped) {
            throw new InterruptedException();
        }
        current = stop;
    }

    /** Tells it; from any thread. */
    public synchronized void stop() {
        stopped = true;
        if (!cleaning) {
            current.run();
            worker.interrupt();
        }
    }

    /** The worker cleans up: nothing may interrupt that. */
    public synchronized void shield() {
        cleaning = true;
        Thread.interrupted();
    }

    /** Whether it was told to stop. */
    public synchronized boolean stopped() {
        return stopped;
    }
}
