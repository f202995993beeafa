package io.pageproxy.source.migrate.dump;

import io.pageproxy.criu.Task;
import java.io.IOException;
import java.time.Duration;

/**
 * The tasks of a lazy migration at the source. They are frozen by their dump, and stopped besides,
 * so that they do not run when the dump ends. They resume if this process ends.
 */
public interface StoppedTree extends AutoCloseable {
    /**
     * Stops the tree, which its dump has frozen.
     *
     * @param dump the dump's process, which is killed first if this process ends
     */
    void stop(Task dump) throws IOException;

    /** How many processes were stopped. */
    int size();

    /** Sets how long after the end of this process the tasks resume. */
    void resumeAfterOurEnd(Duration delay) throws IOException;

    /** Lets the tasks run on; leaves alone what was not stopped here. */
    void resume();

    /** Kills the tasks that are left; returns when they are gone. */
    void end() throws InterruptedException;

    /** Gives the tasks up as if this process ended. */
    @Override
    void close();
}
