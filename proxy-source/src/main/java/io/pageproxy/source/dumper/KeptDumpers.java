package io.pageproxy.source.dumper;

import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Dumpers whose session went well and that have not closed their connection, since they may have
 * another one for it: so does go-criu's phaul, which has one descriptor for all its rounds. The
 * first word of such a session waits, its answer outstanding, until the destination has accepted
 * one. May be used from any thread.
 *
 * <pre>
 *  keep --> IDLE --first bytes--> WAITING --a session is free--> its dumper
 *            |                       |
 *            +---- closed, or given up: cut off, which is a failure to a dumper
 * </pre>
 */
public final class KeptDumpers implements AutoCloseable {
    /** So many connections are kept; the one that came first gives way. */
    static final int MOST = 64;

    private final Duration idle;
    private final Duration patience;
    private final Consumer<String> onGivenUp;
    private final Set<KeptDumper> kept = new LinkedHashSet<>();
    private final Queue<KeptDumper> waiting = new ArrayDeque<>();

    /** What waits for a dumper; null where nothing does. */
    private Place free;

    private boolean closed;

    /**
     * Where a dumper is wanted.
     *
     * @param loop the session's
     * @param pipeline makes a connection its dumper's
     */
    public record Place(EventLoop loop, DumperInitializer pipeline) {}

    /**
     * None yet.
     *
     * @param idle how long a connection is kept on which no session begins
     * @param patience how long one that has begun waits until the destination has accepted it
     * @param onGivenUp hears on an event loop why one was cut off
     */
    public KeptDumpers(Duration idle, Duration patience, Consumer<String> onGivenUp) {
        this.idle = idle;
        this.patience = patience;
        this.onGivenUp = onGivenUp;
    }

    synchronized int count() {
        return kept.size();
    }

    Duration patience() {
        return patience;
    }

    /** Keeps one that has heard success; on its event loop. */
    public void keep(Dumper dumper) {
        KeptDumper next = new KeptDumper(this, dumper);
        next.idle(idle);
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
     * Offers a session: to the one that has waited longest, or to the first that begins one until
     * {@link #withdraw}.
     *
     * @return whether one has it already, or else is gone and the session has heard so
     */
    public synchronized boolean offer(Place place) {
        KeptDumper first = waiting.poll();
        if (first == null) {
            free = place;
            return false;
        }
        first.serve(place);
        return true;
    }

    /** Takes back what was offered, if nobody has it. */
    public synchronized void withdraw() {
        free = null;
    }

    synchronized void onWaiting(KeptDumper dumper) {
        add(dumper);
        if (free == null) {
            waiting.add(dumper);
        } else {
            dumper.serve(free);
            free = null;
        }
    }

    synchronized void onOver(KeptDumper dumper) {
        kept.remove(dumper);
        waiting.remove(dumper);
    }

    void onGivenUp(String why) {
        onGivenUp.accept(why);
    }

    /** Cuts off those that wait for a session, there being none. */
    public void refuseWaiting(String why) {
        List<KeptDumper> refused;
        synchronized (this) {
            refused = new ArrayList<>(waiting);
        }
        refused.forEach(dumper -> dumper.refuse(why));
    }

    /** Cuts all off, now and from now on. */
    @Override
    public void close() {
        List<KeptDumper> stopped;
        synchronized (this) {
            closed = true;
            stopped = new ArrayList<>(kept);
        }
        stopped.forEach(KeptDumper::stop);
    }
}
