package io.pageproxy.cli.task;

import io.pageproxy.source.SourceRuntime;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What {@code source} or {@code migrate} is to do, once: made from options that are valid, and free
 * of them. It neither exits nor prints to this process's streams by itself, so that a resident
 * source runs it as well as the command does.
 */
public interface SourceTask {
    /**
     * Does it; blocks.
     *
     * @return the exit code
     */
    int run(TaskContext context) throws Exception;

    /** Asks it to stop, also before it runs; any thread. */
    void stop();

    /** The file to which it appends summaries of sessions by itself. */
    default Optional<Path> fileOfSummary() {
        return Optional.empty();
    }

    /** A runtime for this task alone. */
    SourceRuntime ownRuntime();
}
