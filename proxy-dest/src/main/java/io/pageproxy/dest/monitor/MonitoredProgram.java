package io.pageproxy.dest.monitor;

import io.pageproxy.dest.monitor.MonitorMessage.Kind;
import io.pageproxy.monitor.Answer;
import io.pageproxy.monitor.Exits;
import io.pageproxy.process.ExitStatus;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What restores and daemons that the monitor runs have in common. Any thread. */
final class MonitoredProgram {
    private static final Logger LOG = LoggerFactory.getLogger(MonitoredProgram.class);

    private final int id;
    private final Path log;
    private final Requests monitor;
    private final Answer<Void> started = new Answer<>();
    private final Answer<Void> reads = new Answer<>();
    private final CompletableFuture<ExitStatus> exit = new CompletableFuture<>();

    /**
     * Not started yet.
     *
     * @param log gets the end of the program's log
     */
    MonitoredProgram(int id, Path log, Requests monitor) {
        this.id = id;
        this.log = log;
        this.monitor = monitor;
    }

    /** Blocks until it is started. */
    void start(Kind kind, long number, String folder) throws IOException {
        monitor.send(new MonitorMessage(kind, id, number, folder));
        started.await();
    }

    /** All images are there: blocks until it can read them. */
    void release() throws IOException {
        monitor.send(new MonitorMessage(Kind.IMAGES, id));
        reads.await();
    }

    /** Sends a request; a monitor that is gone has ended the program. */
    void request(Kind kind, long number) {
        try {
            monitor.send(new MonitorMessage(kind, id, number));
        } catch (IOException monitorGone) {
            LOG.debug("{}", monitorGone.getMessage());
        }
    }

    /** See {@link MonitorEvents#on}. */
    void on(MonitorMessage event) {
        switch (event.kind()) {
            case STARTED -> started.complete(null);
            case DONE -> reads.complete(null);
            case FAILED -> {
                started.fail(event.text());
                reads.fail(event.text());
            }
            case LOG -> FolderLog.write(log, event.text());
            case EXITED -> exit.complete(Exits.of(event.number()));
            default -> LOG.debug("{}", event);
        }
    }

    boolean isOver() {
        return exit.isDone() || started.isFailed();
    }

    void onMonitorGone() {
        started.monitorGone();
        reads.monitorGone();
        exit.complete(Exits.UNKNOWN);
    }

    CompletableFuture<ExitStatus> exit() {
        return exit;
    }
}
