package io.pageproxy.control;

/** The work of a job. */
public interface JobTask {
    /**
     * Does it, on a thread of the job; blocks.
     *
     * @return the exit code; what it throws counts as an internal error
     */
    int run(JobOutput output) throws Exception;

    /** Asks it to stop, also before it runs; any thread, must not block. */
    void stop();
}
