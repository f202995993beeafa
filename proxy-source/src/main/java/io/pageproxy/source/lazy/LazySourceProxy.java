package io.pageproxy.source.lazy;

import io.pageproxy.source.RetryDelay;
import io.pageproxy.source.SessionEnd;
import java.util.concurrent.CountDownLatch;
import java.util.function.IntFunction;

/**
 * Runs lazy sessions one after the other. As with {@link io.pageproxy.source.SourceProxy}, the
 * destination accepts a session before a dump may begin; when the session is over, the next one is
 * offered to the destination.
 */
public final class LazySourceProxy {
    private final boolean once;
    private final IntFunction<Session> sessions;
    private final CountDownLatch stopping = new CountDownLatch(1);
    private Session running;

    /** One session, which runs once. */
    public interface Session {
        /** Runs the session to its end; blocks. */
        SessionEnd run() throws InterruptedException;

        /** Stops the session; any thread. */
        void stop();
    }

    /**
     * A proxy that does not run yet.
     *
     * @param once whether to run one session only
     * @param sessions makes a session by its number, which counts from 1; a session that carried
     *     nothing leaves its number to the next one
     */
    public LazySourceProxy(boolean once, IntFunction<Session> sessions) {
        this.once = once;
        this.sessions = sessions;
    }

    /**
     * Runs until it is told to stop, or until the one session of {@code once} is over; blocks.
     *
     * <p>It is an error if the destination does not accept the first session. Later on the
     * destination is dialled again, since it may be restarting.
     *
     * @return the exit code: 0 if every session was good, else that of the first bad one
     */
    public int run() throws InterruptedException {
        RetryDelay delay = new RetryDelay();
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
                delay.reset();
            } else {
                delay.await(stopping);
            }
        }
        return exitCode;
    }

    private SessionEnd runOne(int number) throws InterruptedException {
        Session session = sessions.apply(number);
        setRunning(session);
        try {
            return session.run();
        } finally {
            setRunning(null);
        }
    }

    private synchronized void setRunning(Session session) {
        running = session;
        if (session != null && isStopping()) {
            session.stop();
        }
    }

    private boolean isStopping() {
        return stopping.getCount() == 0;
    }

    /**
     * Stops the proxy; any thread. No session begins any more. A session that waits for CRIU ends
     * now; one that serves pages fails unless it ends within the drain timeout.
     */
    public synchronized void stop() {
        stopping.countDown();
        if (running != null) {
            running.stop();
        }
    }
}
