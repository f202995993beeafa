package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Watches whether a process of the source runs while its copy exists. One check is not enough: a
 * task that is resumed and stopped at once runs only for a moment.
 */
final class Overlap implements AutoCloseable {
    private static final long CHECK_MILLIS = 5;

    private final Workload workload;
    private final List<String> seen = new CopyOnWriteArrayList<>();
    private final Thread watcher = new Thread(this::watch, "overlap");
    private volatile boolean over;

    private Overlap(Workload workload) {
        this.workload = workload;
    }

    /** Watches until it is closed. */
    static Overlap of(Workload workload) {
        Overlap overlap = new Overlap(workload);
        overlap.watcher.setDaemon(true);
        overlap.watcher.start();
        return overlap;
    }

    private void watch() {
        boolean before = false;
        try {
            while (!over) {
                // In this order: a copy that exists now also existed when the state was read.
                char state = Processes.state(workload.pid());
                boolean now =
                        "RSD".indexOf(state) >= 0 && WholeMigrations.copies(workload).size() > 1;
                if (now && before) {
                    seen.add("state " + state);
                }
                before = now;
                Thread.sleep(CHECK_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Asserts that there was no overlap so far. */
    void assertNone() {
        assertThat(seen).as("times that both copies could run").isEmpty();
    }

    @Override
    public void close() {
        over = true;
    }
}
