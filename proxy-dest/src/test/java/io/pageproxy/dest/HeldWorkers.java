package io.pageproxy.dest;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** Workers that can be held back, so that a session stays in a state that waits for one. */
public final class HeldWorkers implements Executor, AutoCloseable {
    private final ExecutorService worker = Executors.newSingleThreadExecutor();
    private final Queue<Runnable> held = new ArrayDeque<>();
    private boolean holding;

    public synchronized void hold() {
        holding = true;
    }

    public synchronized void letGo() {
        holding = false;
        held.forEach(worker::execute);
        held.clear();
    }

    /** Releases one held task, if there is one, and keeps holding the others. */
    public synchronized boolean letOneGo() {
        Runnable first = held.poll();
        if (first != null) {
            worker.execute(first);
        }
        return first != null;
    }

    @Override
    public synchronized void execute(Runnable task) {
        if (holding) {
            held.add(task);
        } else {
            worker.execute(task);
        }
    }

    /** Waits for all tasks, since a test's folder is deleted next and they may write to it. */
    @Override
    public void close() {
        letGo();
        stop(worker);
    }

    /** Waits until the workers have done everything that they were given. */
    public static void stop(ExecutorService workers) {
        workers.shutdown();
        try {
            assertThat(workers.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
