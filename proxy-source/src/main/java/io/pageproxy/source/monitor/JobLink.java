package io.pageproxy.source.monitor;

import io.pageproxy.control.JobOutput;
import io.pageproxy.control.JsonText;
import io.pageproxy.monitor.Answer;
import io.pageproxy.monitor.Exits;
import io.pageproxy.process.ChildLauncher;
import io.pageproxy.process.ChildProcess;
import io.pageproxy.process.ChildSpec;
import io.pageproxy.process.ExitStatus;
import io.pageproxy.source.monitor.MonitorMessage.Kind;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A job of the network process: its way to the monitor, which does what needs rights. Calls block
 * until they are answered, one after the other. Any thread.
 */
public final class JobLink {
    private static final Logger LOG = LoggerFactory.getLogger(JobLink.class);

    private final int id;
    private final Requests monitor;
    private final Runnable onOver;
    private final CompletableFuture<Void> held = new CompletableFuture<>();
    private final List<MonitorMessage> images = new ArrayList<>(); // Guarded by itself.
    private final List<Integer> descriptors = new ArrayList<>(); // Guarded by images.
    private volatile Answer<Reply> answer = new Answer<>();
    private volatile Optional<MonitoredDump> running = Optional.empty();
    private volatile Optional<String> log = Optional.empty();
    private volatile boolean monitorGone;
    private final Object saying = new Object(); // Held while something is said.
    private volatile boolean over;

    /**
     * The answer to a call.
     *
     * @param descriptor the receiver closes it
     */
    record Reply(long number, OptionalInt descriptor) {}

    /**
     * An image that the monitor has opened.
     *
     * @param descriptor the receiver closes it
     */
    record OpenImage(String name, long sizeBytes, int descriptor) {}

    /**
     * A job that the monitor has given.
     *
     * @param onOver nothing more is to be told about it
     */
    JobLink(int id, Requests monitor, Runnable onOver) {
        this.id = id;
        this.monitor = monitor;
        this.onOver = onOver;
    }

    // ---- from the monitor, on its thread

    void on(MonitorMessage event, OptionalInt carried) throws IOException {
        switch (event.kind()) {
            case DONE -> answer.complete(new Reply(event.number(), carried));
            case FAILED -> answer.fail(event.text());
            case IMAGE -> {
                synchronized (images) {
                    images.add(event);
                    descriptors.add(carried.orElseThrow(() -> new IOException("no descriptor")));
                }
            }
            case HELD -> held.complete(null);
            case LOG -> log = Optional.of(event.text());
            case EXITED -> running.ifPresent(dump -> dump.ended(Exits.of(event.number()), log));
            default -> LOG.debug("{}", event);
        }
    }

    void onMonitorGone() {
        monitorGone = true;
        answer.monitorGone();
        running.ifPresent(dump -> dump.ended(Exits.UNKNOWN, Optional.empty()));
    }

    // ---- calls

    synchronized Reply call(Kind kind, long number) throws IOException {
        if (over) {
            throw new IOException("the job is over");
        }
        Answer<Reply> own = new Answer<>();
        answer = own;
        if (monitorGone) {
            own.monitorGone();
        }
        monitor.send(new MonitorMessage(kind, id, number));
        return own.await();
    }

    Reply call(Kind kind) throws IOException {
        return call(kind, 0);
    }

    /** Starts a dump by a call. */
    synchronized MonitoredDump start(Kind kind, long number) throws IOException {
        MonitoredDump dump = new MonitoredDump();
        log = Optional.empty();
        running = Optional.of(dump);
        Reply reply = call(kind, number);
        dump.started((int) reply.number(), reply.descriptor());
        return dump;
    }

    /**
     * Opens images.
     *
     * @param into the images from that index on, as many as the monitor opens at a time
     * @return how many there are in all
     */
    synchronized int images(int from, List<OpenImage> into) throws IOException {
        try {
            return (int) call(Kind.IMAGES, from).number();
        } finally {
            synchronized (images) {
                for (int i = 0; i < images.size(); i++) {
                    MonitorMessage image = images.get(i);
                    into.add(new OpenImage(image.text(), image.number(), descriptors.get(i)));
                }
                images.clear();
                descriptors.clear();
            }
        }
    }

    CompletableFuture<Void> held() {
        return held;
    }

    /**
     * Starts the dumper that the job has named, whatever command it is asked for.
     *
     * @param directory of the job
     */
    public ChildLauncher dumper(Path directory) {
        return new ChildLauncher() {
            @Override
            public ChildProcess launch(ChildSpec spec) throws IOException {
                return start(Kind.COMMAND, 0);
            }

            @Override
            public Path directory() {
                return directory;
            }
        };
    }

    // ---- what the job says

    /** Where the job writes. */
    public JobOutput output() {
        return new JobOutput() {
            @Override
            public void stdout(String text) {
                say(Kind.STDOUT, text);
            }

            @Override
            public void stderr(String text) {
                say(Kind.STDERR, text);
            }

            @Override
            public void log(String text) {
                say(Kind.LINE, text);
            }

            @Override
            public boolean hasReaders() {
                return true; // Only the monitor knows.
            }

            @Override
            public void progress(String text, JsonText.Content figures) {
                say(
                        new MonitorMessage(
                                Kind.PROGRESS,
                                id,
                                JsonText.of(
                                        json -> {
                                            json.writeStartObject();
                                            json.writeStringField("text", text);
                                            figures.write(json);
                                            json.writeEndObject();
                                        })));
            }

            @Override
            public void report(String json) {
                say(Kind.REPORT, json);
            }
        };
    }

    private void say(Kind kind, String text) {
        MonitorMessage.pieces(kind, id, text).forEach(this::say);
    }

    private void say(MonitorMessage message) {
        synchronized (saying) {
            try {
                if (!over) {
                    monitor.send(message);
                }
            } catch (IOException e) {
                LOG.debug("the monitor does not hear {}: {}", message.kind(), e.getMessage());
            }
        }
    }

    /** The job is over: nothing of it is left here. */
    public synchronized void over(int exitCode) {
        synchronized (saying) {
            say(new MonitorMessage(Kind.OVER, id, exitCode));
            over = true;
        }
        onOver.run();
    }

    /** A dump that the monitor runs. */
    static final class MonitoredDump implements ChildProcess {
        private final CompletableFuture<ExitStatus> exit = new CompletableFuture<>();
        private volatile Optional<String> lastWords = Optional.empty();
        private int pid;
        private OptionalInt socket = OptionalInt.empty();

        private void started(int itsPid, OptionalInt itsSocket) {
            pid = itsPid;
            socket = itsSocket;
        }

        private void ended(ExitStatus status, Optional<String> log) {
            lastWords = log;
            Thread thread = new Thread(() -> exit.complete(status), "exit-" + pid);
            thread.setDaemon(true);
            thread.start();
        }

        @Override
        public int pid() {
            return pid;
        }

        @Override
        public synchronized int takeSocket() {
            int taken =
                    socket.orElseThrow(
                            () -> new IllegalStateException("the socket of " + pid + " is taken"));
            socket = OptionalInt.empty();
            return taken;
        }

        @Override
        public CompletableFuture<ExitStatus> exit() {
            return exit.copy();
        }

        @Override
        public Optional<String> lastWords() {
            return lastWords;
        }

        /** A dump is never signalled: it ends when its socket is closed. */
        @Override
        public boolean signal(int signal) {
            return !exit.isDone();
        }

        @Override
        public CompletableFuture<ExitStatus> terminate(Duration grace) {
            return exit();
        }
    }
}
