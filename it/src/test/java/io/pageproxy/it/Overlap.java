package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Watches whether a process of the source runs while its copy exists. One check is not enough: a
 * task that is resumed and stopped at once runs only for a moment. Nor is the state R: when the
 * CRIU that traces a stopped task is killed, the task becomes runnable on its way from one stop to
 * the other (kernel/ptrace.c, __ptrace_unlink), and on a busy machine it waits there for a
 * processor. It runs if it also uses one.
 */
final class Overlap implements AutoCloseable {
    private static final long CHECK_MILLIS = 5;

    /** More than a task takes from one stop to the other. */
    private static final long RUNS_NANOS = 1_000_000;

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
        long ranUntilStopped = Processes.ranNanos(workload.pid());
        try {
            while (!over) {
                // In this order: a copy that exists now also existed when the state was read.
                char state = Processes.state(workload.pid());
                long ran = Processes.ranNanos(workload.pid());
                if (state == 'T' || state == 't') {
                    ranUntilStopped = ran;
                }
                boolean runs =
                        "SD".indexOf(state) >= 0
                                || (state == 'R' && ran - ranUntilStopped > RUNS_NANOS);
                boolean now = runs && WholeMigrations.copies(workload).size() > 1;
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
