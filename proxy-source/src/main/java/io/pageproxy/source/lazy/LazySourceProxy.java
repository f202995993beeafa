package io.pageproxy.source.lazy;

import io.pageproxy.source.SessionEnd;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;

/**
 * Runs lazy sessions one after the other, as {@link io.pageproxy.source.SourceProxy} does others:
 * first the destination accepts, then a dump may begin, and when that session is over the next one
 * is offered to the destination.
 */
public final class LazySourceProxy {
    private static final Duration FIRST_RETRY = Duration.ofMillis(500);
    private static final Duration LONGEST_RETRY = Duration.ofSeconds(10);

    private final boolean once;
    private final IntFunction<Session> sessions;
    private final CountDownLatch stopping = new CountDownLatch(1);
    private Session running;

    /** One session, which is run once. */
    interface Session {
        /** Runs it to its end; blocks. */
        SessionEnd run() throws InterruptedException;

        /** Tells it to stop; any thread. */
        void stop();

        /** Ends its threads, after it was run. */
        void close();
    }

    /**
     * A proxy that does not run yet.
     *
     * @param once whether to run one session only
     * @param sessions makes a session by its number, which counts from 1; one that carried nothing
     *     leaves its number to the next
     */
    public LazySourceProxy(boolean once, IntFunction<LazySource> sessions) {
        this(sessions::apply, once);
    }

    LazySourceProxy(IntFunction<Session> sessions, boolean once) {
        this.once = once;
        this.sessions = sessions;
    }

    /**
     * Runs until it is told to stop, or until the one session of {@code once} is over; blocks.
     *
     * <p>A destination that has never accepted a session is an error; one that did is dialled
     * again, since it may be restarting.
     *
     * @return the exit code: 0 where every session was good, else the first bad one's
     */
    public int run() throws InterruptedException {
        Duration retry = FIRST_RETRY;
        boolean everAccepted = false;
        int exitCode = 0;
        int number = 1;
        while (!isStopping()) {
            SessionEnd end = runOne(number);
            everAccepted |= end.accepted();
            if (once || !everAccepted || end.hopeless()) {
                return end.exitCode();
            }
            if (exitCode == 0 && end.accepted()) {
                exitCode = end.exitCode();
            }
            if (end.carried()) {
                number++;
                retry = FIRST_RETRY;
            } else {
                stopping.await(retry.toMillis(), TimeUnit.MILLISECONDS);
                retry = longer(retry);
            }
        }
        return exitCode;
    }

    private static Duration longer(Duration retry) {
        Duration twice = retry.multipliedBy(2);
        return twice.compareTo(LONGEST_RETRY) > 0 ? LONGEST_RETRY : twice;
    }

    private SessionEnd runOne(int number) throws InterruptedException {
        Session session = sessions.apply(number);
        begin(session);
        try {
            return session.run();
        } finally {
            begin(null);
            session.close();
        }
    }

    private synchronized void begin(Session session) {
        running = session;
        if (session != null && isStopping()) {
            session.stop();
        }
    }

    private boolean isStopping() {
        return stopping.getCount() == 0;
    }

    /**
     * Tells it to stop, from any thread: no new session; one for which CRIU has not come ends now,
     * another may go on for the drain time and then fails.
     */
    public synchronized void stop() {
        stopping.countDown();
        if (running != null) {
            running.stop();
        }
    }
}
