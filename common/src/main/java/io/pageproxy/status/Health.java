package io.pageproxy.status;

import io.pageproxy.text.SafeText;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Whether the proxy can accept a session, as far as is known without trying. Thread-safe; the
 * caller runs the checks.
 */
public final class Health {
    private final List<Supplier<Optional<String>>> checks = new ArrayList<>();
    private volatile Optional<String> notReady = Optional.of("it is starting");
    private volatile boolean draining;
    private volatile Runnable listener = () -> {};

    /**
     * Creates a state that is not ready.
     *
     * @param checks each returns a short description of a problem and its remedy, or empty; must be
     *     cheap
     */
    Health(List<Supplier<Optional<String>>> checks) {
        this.checks.addAll(checks);
    }

    /** Marks the proxy as ready for sessions. */
    public void ready() {
        notReady = Optional.empty();
        listener.run();
    }

    /** Marks the proxy as not ready until {@link #ready} is called again. */
    public void notReady(String why) {
        notReady = Optional.of(why);
    }

    /**
     * Wraps a stop action: running it first marks the proxy as draining, so that it is no longer
     * ready.
     */
    public Runnable markDrainingThen(Runnable stop) {
        return () -> {
            draining = true;
            listener.run();
            stop.run();
        };
    }

    /** Sets what is called, on any thread, when the proxy gets ready or starts to drain. */
    void onChange(Runnable newListener) {
        listener = newListener;
    }

    /** Whether the proxy was marked as ready, whatever the checks say. */
    boolean isReady() {
        return notReady.isEmpty();
    }

    /** Whether the proxy was told to stop. */
    boolean isDraining() {
        return draining;
    }

    /** Returns why the proxy is not ready, in one line; empty if it is ready. */
    public Optional<String> fault() {
        if (draining) {
            return Optional.of("draining: it was told to stop and accepts no more sessions");
        }
        Optional<String> fault = notReady;
        for (int i = 0; fault.isEmpty() && i < checks.size(); i++) {
            fault = checks.get(i).get();
        }
        return fault.map(SafeText::line);
    }
}
