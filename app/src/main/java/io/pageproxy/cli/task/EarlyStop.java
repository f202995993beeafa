package io.pageproxy.cli.task;

/** A stop that may come before what it stops. Thread-safe. */
final class EarlyStop {
    private boolean stopped;
    private Runnable stop = () -> {};

    /** Stops what has begun, or will begin. */
    synchronized void stop() {
        stopped = true;
        stop.run();
    }

    /** Something begins that can be stopped. */
    synchronized void begins(Runnable itsStop) {
        stop = itsStop;
        if (stopped) {
            itsStop.run();
        }
    }
}
