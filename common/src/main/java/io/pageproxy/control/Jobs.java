package io.pageproxy.control;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The jobs of this process: those that run, and the newest of those that are over. Each runs on a
 * thread of its own. Thread-safe.
 */
public final class Jobs {
    /** Jobs that are over and are still told about. */
    static final int MAX_OVER = 64;

    private static final int UNAVAILABLE = 503;
    private static final int TOO_MANY = 429;

    private static final Logger LOG = LoggerFactory.getLogger(Jobs.class);

    private final JobFactory factory;
    private final int limit;
    private final Map<String, Job> jobs = new LinkedHashMap<>();
    private int running;
    private boolean stopping;

    /**
     * @param limit how many may run at a time
     */
    public Jobs(JobFactory factory, int limit) {
        this.factory = factory;
        this.limit = limit;
    }

    /**
     * Begins a job; may block on files, but not for the job.
     *
     * @throws JobRefusedException if it does not begin
     */
    Job begin(JobRequest request) throws JobRefusedException {
        takeSlot();
        Job job;
        try {
            job = new Job(newId(), request, factory.create(request));
        } catch (JobRefusedException | RuntimeException | Error e) {
            giveBackSlot();
            throw e;
        }
        add(job);
        LOG.info("job={} begins: {} in {}", job.id(), request.command(), request.directory());
        Thread thread = new Thread(null, () -> run(job), "job-" + job.id(), 0, false);
        thread.setDaemon(true);
        thread.start();
        return job;
    }

    private static String newId() {
        return UUID.randomUUID().toString().replace("-", "");
    }

    private synchronized void takeSlot() throws JobRefusedException {
        if (stopping) {
            throw new JobRefusedException(
                    UNAVAILABLE, "the resident source was told to stop and takes no more jobs");
        }
        if (running == limit) {
            throw new JobRefusedException(
                    TOO_MANY, running + " jobs run, and no more may at a time (--max-jobs)");
        }
        running++;
    }

    private synchronized void giveBackSlot() {
        running--;
        notifyAll();
    }

    private void run(Job job) {
        try {
            job.run();
            LOG.info("job={} is over: exit={}", job.id(), job.exitCode().getAsInt());
        } finally {
            giveBackSlot();
        }
    }

    private void add(Job job) {
        boolean late;
        synchronized (this) {
            jobs.put(job.id(), job);
            late = stopping;
            List<String> over =
                    jobs.values().stream()
                            .filter(each -> each.state() == Job.State.OVER)
                            .map(Job::id)
                            .toList();
            over.subList(0, Math.max(0, over.size() - MAX_OVER)).forEach(jobs::remove);
        }
        if (late) {
            job.stop();
        }
    }

    synchronized Optional<Job> find(String id) {
        return Optional.ofNullable(jobs.get(id));
    }

    /** All that are known, oldest first. */
    synchronized List<Job> all() {
        return new ArrayList<>(jobs.values());
    }

    /** How many run. */
    public synchronized int running() {
        return running;
    }

    /** How many may run at a time. */
    int limit() {
        return limit;
    }

    /** Takes no more jobs, and asks those that run to stop; any thread. */
    public void stop() {
        List<Job> known;
        synchronized (this) {
            stopping = true;
            known = all();
            notifyAll();
        }
        known.forEach(Job::stop);
    }

    /** Blocks until it was stopped and no job runs. */
    public synchronized void awaitEnd() throws InterruptedException {
        while (!stopping || running > 0) {
            wait();
        }
    }
}
