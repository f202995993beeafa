package io.pageproxy.control;

/** Makes the work of a job of its request. */
@FunctionalInterface
public interface JobFactory {
    /**
     * Checks a request; may read files, and is never called on an event loop.
     *
     * @throws JobRefusedException if it is wrong, or not for this process
     */
    JobTask create(JobRequest request) throws JobRefusedException;
}
