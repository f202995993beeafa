package io.pageproxy.dest.monitor;

import io.pageproxy.dest.lazy.LazyPages;
import io.pageproxy.dest.monitor.MonitorMessage.Kind;
import io.pageproxy.monitor.Answer;
import io.pageproxy.monitor.Exits;
import io.pageproxy.posix.Signals;
import io.pageproxy.process.ChildProcess;
import io.pageproxy.process.ExitStatus;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;

/** A lazy-pages daemon that the monitor runs, with our end of its socket. Any thread. */
final class MonitoredDaemon implements ChildProcess, ProgramEvents {
    private final MonitoredProgram program;
    private final Answer<Void> listening = new Answer<>();
    private final AtomicBoolean socketTaken = new AtomicBoolean();
    private volatile int pid;
    private volatile int socket;

    /**
     * Not started yet.
     *
     * @param folder gets the end of the log
     */
    MonitoredDaemon(int id, Path folder, Requests monitor) {
        this.program = new MonitoredProgram(id, folder.resolve(LazyPages.LOG_FILE_NAME), monitor);
    }

    @Override
    public MonitoredProgram program() {
        return program;
    }

    /** Blocks until it listens, or has ended. */
    void awaitListening() throws IOException {
        listening.await();
    }

    @Override
    public void on(MonitorMessage event, OptionalInt carried) {
        switch (event.kind()) {
            case STARTED -> {
                pid = (int) event.number();
                socket = carried.orElse(-1);
                program.on(event);
            }
            case LISTENING -> listening.complete(null);
            case EXITED -> {
                listening.fail("it ended: " + Exits.of(event.number()).describe());
                program.on(event);
            }
            default -> program.on(event);
        }
    }

    @Override
    public void onMonitorGone() {
        listening.monitorGone();
        program.onMonitorGone();
    }

    @Override
    public int pid() {
        return pid;
    }

    @Override
    public int takeSocket() {
        if (!socketTaken.compareAndSet(false, true)) {
            throw new IllegalStateException("the socket of " + pid + " was taken before");
        }
        return socket;
    }

    @Override
    public CompletableFuture<ExitStatus> exit() {
        return program.exit().copy();
    }

    /** Signals that end it; others only tell whether it is there. */
    @Override
    public boolean signal(int signal) {
        return switch (signal) {
            case Signals.SIGKILL -> end(Duration.ZERO);
            case Signals.SIGTERM -> end(Duration.ofDays(1));
            default -> !program.exit().isDone();
        };
    }

    @Override
    public CompletableFuture<ExitStatus> terminate(Duration grace) {
        end(grace);
        return exit();
    }

    private boolean end(Duration grace) {
        boolean runs = !program.exit().isDone();
        if (runs) {
            program.request(Kind.TERMINATE, grace.toMillis());
        }
        return runs;
    }
}
