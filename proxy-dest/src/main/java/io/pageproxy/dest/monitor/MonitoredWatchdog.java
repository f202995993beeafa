package io.pageproxy.dest.monitor;

import io.pageproxy.criu.TreeWatchdog.Action;
import io.pageproxy.dest.monitor.MonitorMessage.Kind;
import io.pageproxy.dest.restore.Restores;
import io.pageproxy.monitor.Answer;
import java.io.IOException;
import java.util.List;
import java.util.OptionalInt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A watchdog that the monitor has started. Any thread, one at a time. */
final class MonitoredWatchdog implements Restores.Watchdog, MonitorEvents {
    private static final Logger LOG = LoggerFactory.getLogger(MonitoredWatchdog.class);

    private static final List<Action> ACTIONS = List.of(Action.values());

    private final Requests monitor;
    private volatile Answer<Void> answer = new Answer<>();
    private volatile boolean monitorGone;
    private volatile boolean started;
    private volatile boolean closed;
    private int id;

    /** Sends a request. */
    @FunctionalInterface
    interface Sending {
        void send() throws IOException;
    }

    /** Not started yet. */
    MonitoredWatchdog(Requests monitor) {
        this.monitor = monitor;
    }

    /** Blocks until it watches. */
    void start(int ownId, Sending request) throws IOException {
        id = ownId;
        ask(request);
    }

    @Override
    public void on(MonitorMessage event, OptionalInt carried) {
        switch (event.kind()) {
            case DONE -> {
                started = true;
                answer.complete(null);
            }
            case FAILED -> {
                closed |= !started;
                answer.fail(event.text());
            }
            default -> LOG.debug("{}", event);
        }
    }

    @Override
    public boolean isOver() {
        return closed;
    }

    @Override
    public void onMonitorGone() {
        monitorGone = true;
        answer.monitorGone();
    }

    private void ask(Sending request) throws IOException {
        Answer<Void> own = new Answer<>();
        answer = own;
        if (monitorGone) {
            own.monitorGone();
        }
        request.send();
        own.await();
    }

    @Override
    public void apply(Action action) throws IOException {
        ask(() -> monitor.send(new MonitorMessage(Kind.APPLY, id, ACTIONS.indexOf(action))));
    }

    @Override
    public void onOwnerExit(Action action) throws IOException {
        ask(
                () ->
                        monitor.send(
                                new MonitorMessage(
                                        Kind.ON_OWNER_EXIT, id, ACTIONS.indexOf(action))));
    }

    @Override
    public void leave() throws IOException {
        ask(() -> monitor.send(new MonitorMessage(Kind.LEAVE, id)));
    }

    @Override
    public void close() {
        closed = true;
        try {
            ask(() -> monitor.send(new MonitorMessage(Kind.UNWATCH, id)));
        } catch (IOException e) {
            LOG.debug("a watchdog was not ended: {}", e.getMessage());
        }
    }
}
