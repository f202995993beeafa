package io.pageproxy.status;

import io.pageproxy.text.SafeText;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Whether the proxy can take a session, as far as is known without trying. Safe for all threads;
 * checks are made by who asks.
 */
public final class Health {
    private final List<Supplier<Optional<String>>> checks = new ArrayList<>();
    private volatile Optional<String> notReady = Optional.of("it is starting");
    private volatile boolean draining;

    /**
     * One that is not ready.
     *
     * @param checks each says in a few words what is wrong, and how to mend it; cheap
     */
    Health(List<Supplier<Optional<String>>> checks) {
        this.checks.addAll(checks);
    }

    /** Sessions can come. */
    public void ready() {
        notReady = Optional.empty();
    }

    /** They cannot, until {@link #ready} is said again. */
    public void notReady(String why) {
        notReady = Optional.of(why);
    }

    /** What is to be done when it is told to stop: from then on no session can be taken. */
    public Runnable drainingThen(Runnable stop) {
        return () -> {
            draining = true;
            stop.run();
        };
    }

    /** Why not; empty where it can. One line. */
    Optional<String> fault() {
        if (draining) {
            return Optional.of("draining: it was told to stop, and takes no session any more");
        }
        Optional<String> fault = notReady;
        for (int i = 0; fault.isEmpty() && i < checks.size(); i++) {
            fault = checks.get(i).get();
        }
        return fault.map(SafeText::line);
    }
}
