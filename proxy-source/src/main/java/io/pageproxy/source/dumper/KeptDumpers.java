package io.pageproxy.source.dumper;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Dumpers whose session was good and that have not closed their connection, since they may use it
 * for another session: go-criu's phaul has one descriptor for all its rounds. The first bytes of
 * such a session wait unanswered until the destination has accepted one. Thread-safe.
 *
 * <pre>
 *  keep --> IDLE --first bytes--> WAITING --a session is free--> its dumper
 *            |                       |
 *            +---- closed, or given up: cut off, which is a failure to a dumper
 * </pre>
 */
public final class KeptDumpers implements AutoCloseable {
    /** How many connections are kept; the oldest one gives way. */
    static final int MOST = 64;

    private final Duration idleTimeout;
    private final Duration acceptTimeout;
    private final Consumer<String> onGivenUp;
    private final Set<KeptDumper> kept = new LinkedHashSet<>();
    private final Queue<KeptDumper> waiting = new ArrayDeque<>();

    /** The session that waits for a dumper; null if none does. */
    private DumperPlace free;

    private boolean closed;

    /**
     * Keeps no dumper yet.
     *
     * @param idleTimeout how long a connection is kept on which no session begins
     * @param acceptTimeout how long a dumper that has begun a session waits for an accepted one
     * @param onGivenUp called on an event loop with the reason why a dumper was cut off
     */
    public KeptDumpers(Duration idleTimeout, Duration acceptTimeout, Consumer<String> onGivenUp) {
        this.idleTimeout = idleTimeout;
        this.acceptTimeout = acceptTimeout;
        this.onGivenUp = onGivenUp;
    }

    synchronized int count() {
        return kept.size();
    }

    /** Keeps a dumper that has heard success; on its event loop. */
    public void keep(Dumper dumper) {
        KeptDumper next = new KeptDumper(new Owner(), dumper);
        next.idle(idleTimeout);
        add(next);
    }

    private synchronized void add(KeptDumper dumper) {
        kept.add(dumper);
        if (closed) {
            dumper.stop();
        } else if (kept.size() > MOST) {
            kept.iterator().next().refuse("more than " + MOST + " connections wait for theirs");
        }
    }

    /**
     * Offers a session to the dumper that has waited longest, or to the first that begins one
     * before {@link #withdraw}.
     *
     * @return whether a dumper takes the session now; if it has just left, the session is told so
     */
    public synchronized boolean offer(DumperPlace place) {
        KeptDumper first = waiting.poll();
        if (first == null) {
            free = place;
            return false;
        }
        first.serve(place);
        return true;
    }

    /** Withdraws the offer if no dumper has taken it. */
    public synchronized void withdraw() {
        free = null;
    }

    private synchronized void onWaiting(KeptDumper dumper) {
        add(dumper);
        if (free == null) {
            waiting.add(dumper);
        } else {
            dumper.serve(free);
            free = null;
        }
    }

    private synchronized void onOver(KeptDumper dumper) {
        kept.remove(dumper);
        waiting.remove(dumper);
    }

    /** Cuts off the dumpers that wait for a session. */
    public void refuseWaiting(String why) {
        List<KeptDumper> refused;
        synchronized (this) {
            refused = new ArrayList<>(waiting);
        }
        refused.forEach(dumper -> dumper.refuse(why));
    }

    /** Cuts off all dumpers, now and from now on. */
    @Override
    public void close() {
        List<KeptDumper> stopped;
        synchronized (this) {
            closed = true;
            stopped = new ArrayList<>(kept);
        }
        stopped.forEach(KeptDumper::stop);
    }

    /** Receives the reports of the kept dumpers. */
    private final class Owner implements KeptDumper.Owner {
        @Override
        public Duration acceptTimeout() {
            return acceptTimeout;
        }

        @Override
        public void onWaiting(KeptDumper dumper) {
            KeptDumpers.this.onWaiting(dumper);
        }

        @Override
        public void onOver(KeptDumper dumper) {
            KeptDumpers.this.onOver(dumper);
        }

        @Override
        public void onGivenUp(String why) {
            onGivenUp.accept(why);
        }
    }
}
