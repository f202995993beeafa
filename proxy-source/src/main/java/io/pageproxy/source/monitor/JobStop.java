package io.pageproxy.source.monitor;

import io.pageproxy.criu.Task;
import io.pageproxy.source.migrate.dump.LocalTree;
import io.pageproxy.source.migrate.dump.StoppedTree;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How the tasks of a lazy job are kept from running while the destination has them: watched, then
 * stopped, then resumed or ended, each once. Only on the job's thread.
 */
final class JobStop {
    private static final Logger LOG = LoggerFactory.getLogger(JobStop.class);
    private static final long MAX_RESUME_SECONDS = 3600;

    private StoppedTree tree; // Null before it is watched, and once it is resumed or ended.
    private boolean stopped;
    private long resumeSeconds;

    boolean isWatched() {
        return tree != null;
    }

    boolean isStopped() {
        return tree != null && stopped;
    }

    void watch(LocalTree watched) throws IOException {
        tree = watched.prepareStop();
    }

    /** Returns how many processes were stopped. */
    int stop(Task dump) throws IOException {
        tree.stop(dump);
        stopped = true;
        return tree.size();
    }

    void resumeAfterOurEnd(long seconds) throws IOException {
        resumeSeconds = Math.max(0, Math.min(MAX_RESUME_SECONDS, seconds));
        tree.resumeAfterOurEnd(Duration.ofSeconds(resumeSeconds));
    }

    void resume() {
        tree.resume();
        forget();
    }

    void end() throws InterruptedException {
        tree.end();
        forget();
    }

    private void forget() {
        tree.close();
        tree = null;
    }

    /** Resumes tasks that the network process has left, once the destination has ended its copy. */
    void clear(long pid) throws InterruptedException {
        if (tree == null) {
            return;
        }
        LOG.warn(
                "the tasks of {} run on here in {} s, when the destination has ended its copy",
                pid,
                resumeSeconds);
        TimeUnit.SECONDS.sleep(stopped ? resumeSeconds : 0);
        resume();
    }
}
