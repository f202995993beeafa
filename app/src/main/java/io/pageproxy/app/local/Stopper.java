package io.pageproxy.app.demo;

/**
 * Lets a signal end the demo wherever it is: what it waits for is told to stop, and its thread is
 * interrupted, so that it goes on to clean up.
 */
final class Stopper {
    private final Thread worker = Thread.currentThread();
    private Runnable current = () -> {};
    private boolean stopped;
    private boolean cleaning;

    /** From now on this is what has to be told. */
    synchronized void tell(Runnable stop) throws InterruptedException {
        if (stopped) {
            throw new InterruptedException();
        }
        current = stop;
    }

    /** Tells it; from any thread. */
    synchronized void stop() {
        stopped = true;
        if (!cleaning) {
            current.run();
            worker.interrupt();
        }
    }

    /** The worker cleans up: nothing may interrupt that. */
    synchronized void shield() {
        cleaning = true;
        Thread.interrupted();
    }

    synchronized boolean stopped() {
        return stopped;
    }
}
