package io.pageproxy.dest.monitor;

import io.pageproxy.async.Reactions;
import io.pageproxy.criu.Task;
import io.pageproxy.dest.lazy.LazyPages;
import io.pageproxy.dest.monitor.MonitorJobs.Daemon;
import io.pageproxy.dest.monitor.MonitorJobs.Program;
import io.pageproxy.dest.monitor.MonitorJobs.Restore;
import io.pageproxy.dest.monitor.MonitorJobs.Watch;
import io.pageproxy.dest.monitor.MonitorMessage.Kind;
import io.pageproxy.dest.monitor.SharedCopies.Copy;
import io.pageproxy.dest.restore.RestorePrograms;
import io.pageproxy.dest.restore.Restores;
import io.pageproxy.monitor.Exits;
import io.pageproxy.posix.Posix;
import io.pageproxy.process.ChildProcess;
import io.pageproxy.process.ExitStatus;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the monitor runs for the network process: CRIU, on copies of its images, and watchdogs of
 * restored trees. Tells it what becomes of them; a failure is the answer to the request. Blocking;
 * any thread, one at a time for each id.
 */
final class MonitorPrograms implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(MonitorPrograms.class);

    private final RestorePrograms criu;
    private final SharedCopies copies;
    private final MonitorJobs jobs;
    private final EventSender events;

    /**
     * Runs nothing yet.
     *
     * @param criu with root's rights
     */
    MonitorPrograms(
            RestorePrograms criu, SharedCopies copies, MonitorJobs jobs, EventSender events) {
        this.criu = criu;
        this.copies = copies;
        this.jobs = jobs;
        this.events = events;
    }

    // ---- restores

    /** Starts a restore, which waits for its images. */
    void restore(int id, Restore restore, MonitorMessage request) throws IOException {
        boolean lazy = request.number() == 1;
        try {
            jobs.requireRoom(restore);
            Copy copy = lazy ? copies.ofDaemon(request.text()) : copies.forRestore(request.text());
            restore.copy = copy;
            start(id, restore, copy, lazy);
        } catch (IOException e) {
            jobs.remove(id);
            throw e;
        }
    }

    private void start(int id, Restore restore, Copy copy, boolean lazy) throws IOException {
        Restores.Paused paused;
        try {
            paused = criu.start(copy.folder(), lazy, copy.addReader());
        } catch (IOException e) {
            release(copy);
            throw e;
        }
        restore.paused = paused;
        events.send(new MonitorMessage(Kind.STARTED, id));
        Reactions.when(
                paused.ready(), ready -> events.send(paused(id, paused.root())), failed -> {});
        Reactions.when(
                restore.whenAnswered(paused.exit()),
                exit -> onRestoreExit(id, paused, copy, exit),
                lost -> onRestoreExit(id, paused, copy, Exits.UNKNOWN));
    }

    /** All images are there: copies them, and lets a program read them. */
    void release(int id, Program program) throws IOException {
        CompletableFuture<Void> answered = program.holdExit();
        try {
            program.release();
            events.send(new MonitorMessage(Kind.DONE, id));
            if (program instanceof Daemon daemon) {
                awaitListening(id, daemon);
            }
        } finally {
            answered.complete(null);
        }
    }

    private static MonitorMessage paused(int id, Optional<Task> root) {
        return root.map(task -> new MonitorMessage(Kind.PAUSED, id, task.pid(), task.startTime()))
                .orElseGet(() -> new MonitorMessage(Kind.PAUSED, id, -1));
    }

    private void onRestoreExit(int id, Restores.Paused paused, Copy copy, ExitStatus exit) {
        events.sendLog(id, copy.folder().resolve(Restores.LOG_FILE_NAME));
        paused.pid().ifPresent(root -> events.send(new MonitorMessage(Kind.ROOT, id, root)));
        jobs.remove(id);
        leave(copy, id, exit);
    }

    /** Tells of the exit before the copy is removed, which takes its time. */
    private void leave(Copy copy, int id, ExitStatus exit) {
        boolean last = copies.isLast(copy);
        events.send(new MonitorMessage(Kind.EXITED, id, Exits.number(exit)));
        if (last) {
            copies.remove(copy);
        }
    }

    private void release(Copy copy) {
        if (copies.isLast(copy)) {
            copies.remove(copy);
        }
    }

    // ---- lazy-pages daemons

    /** Starts a daemon, which waits for its images. */
    void lazyPages(int id, Daemon daemon, String session) throws IOException {
        try {
            jobs.requireRoom(daemon);
            Copy copy = copies.forDaemon(session);
            daemon.copy = copy;
            try {
                start(id, daemon, copy);
            } catch (IOException e) {
                release(copy);
                throw e;
            }
        } catch (IOException e) {
            jobs.remove(id);
            throw e;
        }
    }

    private void start(int id, Daemon daemon, Copy copy) throws IOException {
        daemon.reader = copy.addReader();
        ChildProcess child = criu.lazyPages().launch(copy.folder(), daemon.reader);
        daemon.child = child;
        int itsSocket = child.takeSocket();
        try {
            events.send(
                    new MonitorMessage(Kind.STARTED, id, child.pid()), OptionalInt.of(itsSocket));
        } finally {
            Posix.close(itsSocket);
        }
        Reactions.when(
                daemon.whenAnswered(child.exit()),
                exit -> onDaemonExit(id, copy, exit),
                lost -> onDaemonExit(id, copy, Exits.UNKNOWN));
    }

    private void awaitListening(int id, Daemon daemon) {
        try {
            criu.lazyPages().awaitListening(daemon.copy.folder(), daemon.child);
            events.send(new MonitorMessage(Kind.LISTENING, id));
        } catch (IOException e) {
            LOG.info("criu lazy-pages of {}: {}", daemon.copy.session(), e.getMessage());
        }
    }

    private void onDaemonExit(int id, Copy copy, ExitStatus exit) {
        events.sendLog(id, copy.folder().resolve(LazyPages.LOG_FILE_NAME));
        jobs.remove(id);
        leave(copy, id, exit);
    }

    // ---- watchdogs

    /** Watches a restored tree. */
    void watch(int id, Watch watch, long root, OptionalInt kept) throws IOException {
        try {
            jobs.requireRoom(watch);
            watch.watchdog = criu.watch(jobs.restoredTree(root), kept);
            events.send(new MonitorMessage(Kind.DONE, id));
        } catch (IOException e) {
            jobs.remove(id);
            throw e;
        }
    }

    @Override
    public void close() {
        copies.close();
    }
}
