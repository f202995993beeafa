package io.pageproxy.dest.monitor;

import io.pageproxy.criu.Task;
import io.pageproxy.dest.restore.Restores;
import io.pageproxy.monitor.ViolationException;
import io.pageproxy.process.ChildProcess;
import io.pageproxy.process.ExitStatus;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * What the monitor does for the network process, by the ids that this has chosen, and the threads
 * on which it does what blocks. Thread-safe.
 */
final class MonitorJobs {
    /** Two threads for each restore, for its daemon and for two watchdogs. */
    private static final int THREADS_PER_RESTORE = 8;

    private static final long IDLE_THREAD_SECONDS = 10;

    private final int maxRestores;
    private final ThreadPoolExecutor workers;

    // Guarded by this.
    private final Map<Integer, Job> jobs = new HashMap<>();
    private final LinkedHashMap<Integer, Restore> ended = new LinkedHashMap<>();
    private int highestId;

    /** Whatever has an id. Its monitor is held while a blocking request is answered. */
    static class Job {
        private int pending;
    }

    /** A program that waits for images. */
    abstract static class Program extends Job {
        /** Null until it starts. */
        volatile SharedCopies.Copy copy;

        /** Completes when its exit may be told: after the answer to what is asked just then. */
        private volatile CompletableFuture<Void> answered = CompletableFuture.completedFuture(null);

        /** Returns what completes when its exit may be told. */
        CompletableFuture<Void> holdExit() {
            answered = new CompletableFuture<>();
            return answered;
        }

        /** An exit, once it may be told. */
        CompletableFuture<ExitStatus> whenAnswered(CompletableFuture<ExitStatus> exit) {
            return exit.thenCompose(status -> answered.thenApply(done -> status));
        }

        /** All images are there: lets it read them. */
        abstract void release() throws IOException;
    }

    /** A restore; paused is null until it has started. */
    static final class Restore extends Program {
        volatile Restores.Paused paused;

        /** Whether its tree was let run. */
        volatile boolean released;

        @Override
        void release() throws IOException {
            copy.release();
        }

        private boolean isRestored(long root) {
            return paused != null && paused.root().filter(task -> task.pid() == root).isPresent();
        }
    }

    /** A lazy-pages daemon; child is null until it has started. */
    static final class Daemon extends Program {
        volatile ChildProcess child;
        volatile int reader;

        /** Whether it was told to end. */
        volatile boolean terminated;

        @Override
        void release() throws IOException {
            copy.release(reader);
        }
    }

    /** A watchdog; null until it watches. */
    static final class Watch extends Job {
        volatile Restores.Watchdog watchdog;
    }

    MonitorJobs(int maxRestores) {
        this.maxRestores = maxRestores;
        this.workers =
                new ThreadPoolExecutor(
                        0,
                        THREADS_PER_RESTORE * maxRestores,
                        IDLE_THREAD_SECONDS,
                        TimeUnit.SECONDS,
                        new SynchronousQueue<>());
        workers.setThreadFactory(
                task -> {
                    Thread thread = new Thread(task, "monitor");
                    thread.setDaemon(true);
                    return thread;
                });
    }

    synchronized <T extends Job> T add(int id, T job) throws ViolationException {
        if (jobs.containsKey(id) || ended.containsKey(id)) {
            throw new ViolationException("the id " + id + " a second time");
        }
        jobs.put(id, job);
        highestId = Math.max(highestId, id);
        return job;
    }

    /** A restore that has started; empty if it has ended and is forgotten. */
    synchronized Optional<Restore> restore(int id) throws ViolationException {
        Job job = jobs.getOrDefault(id, ended.get(id));
        if (job instanceof Restore restore && restore.paused != null) {
            return Optional.of(restore);
        }
        if (job != null || id > highestId) {
            throw new ViolationException("no restore has the id " + id);
        }
        return Optional.empty();
    }

    /** A restore or daemon that has started; empty if it has ended. */
    synchronized Optional<Program> program(int id) throws ViolationException {
        Job job = jobs.get(id);
        if (job instanceof Program program && program.copy != null) {
            return Optional.of(program);
        }
        if (job != null || id > highestId) {
            throw new ViolationException("no restore or daemon has the id " + id);
        }
        return Optional.empty();
    }

    /** A daemon that has started; empty if it has ended. */
    synchronized Optional<Daemon> daemon(int id) throws ViolationException {
        Job job = jobs.get(id);
        if (job instanceof Daemon daemon && daemon.child != null) {
            return Optional.of(daemon);
        }
        if (job != null || id > highestId) {
            throw new ViolationException("no daemon has the id " + id);
        }
        return Optional.empty();
    }

    /** A watchdog that watches. */
    synchronized Watch watch(int id) throws ViolationException {
        if (jobs.get(id) instanceof Watch watch && watch.watchdog != null) {
            return watch;
        }
        throw new ViolationException("no watchdog has the id " + id);
    }

    /** Nothing else may be killed or stopped. */
    synchronized Task restoredTree(long root) throws IOException {
        return Stream.concat(jobs.values().stream(), ended.values().stream())
                .filter(job -> job instanceof Restore restore && restore.isRestored(root))
                .flatMap(job -> ((Restore) job).paused.root().stream())
                .findFirst()
                .orElseThrow(
                        () ->
                                new IOException(
                                        "process " + root + " is no tree that was restored here"));
    }

    /** Refuses one more of a kind, which has been added, than there may be. */
    synchronized void requireRoom(Job job) throws IOException {
        long count = jobs.values().stream().filter(job.getClass()::isInstance).count();
        if (count > maxRestores) {
            throw new IOException(
                    "there are " + maxRestores + " restores already (--max-sessions)");
        }
    }

    /** It has ended; a restore may still be asked what it has left. */
    synchronized void remove(int id) {
        if (jobs.remove(id) instanceof Restore restore && restore.paused != null) {
            ended.put(id, restore);
            if (ended.size() > maxRestores) {
                ended.remove(ended.keySet().iterator().next());
            }
        }
    }

    /** Runs what blocks, one after the other for a job. */
    void run(int id, Job job, Runnable work) throws ViolationException {
        synchronized (this) {
            // The one before may have been answered but not have returned.
            if (job.pending > 1) {
                throw new ViolationException("a request for " + id + " before an answer");
            }
            job.pending++;
        }
        try {
            workers.execute(() -> runNow(job, work));
        } catch (RejectedExecutionException e) {
            throw new ViolationException("too many requests at a time");
        }
    }

    private void runNow(Job job, Runnable work) {
        try {
            synchronized (job) {
                work.run();
            }
        } finally {
            synchronized (this) {
                job.pending--;
            }
        }
    }

    /** Starts nothing more, waits for what is being started, and returns what is there. */
    List<Job> end(Duration timeout) {
        workers.shutdown();
        try {
            workers.awaitTermination(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        synchronized (this) {
            return List.copyOf(jobs.values());
        }
    }
}
