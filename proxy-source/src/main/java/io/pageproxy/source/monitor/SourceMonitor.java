package io.pageproxy.source.monitor;

import io.pageproxy.control.JobOutput;
import io.pageproxy.monitor.ViolationException;
import io.pageproxy.posix.PacketSocket;
import io.pageproxy.posix.Posix;
import io.pageproxy.source.monitor.MonitorMessage.Kind;
import io.pageproxy.text.SafeText;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Root's side of a resident source with {@code --user}: gives jobs to the network process, and does
 * for each what its permit says. Jobs come from whoever may use the control socket, and never from
 * the network process. Thread-safe.
 */
public final class SourceMonitor implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SourceMonitor.class);

    /** How long the network process may be silent before frozen tasks stop waiting for it. */
    private static final Duration MAX_SILENCE = Duration.ofSeconds(30);

    private static final int MAX_FAULT_CHARS = 300;

    private final PacketSocket socket;
    private final Duration maxSilence;
    private final Runnable onListeningForSignals;
    private final Map<Integer, MonitoredJob> jobs = new ConcurrentHashMap<>();
    private final AtomicInteger ids = new AtomicInteger();
    private final CompletableFuture<Void> ready = new CompletableFuture<>();
    private final JobPeer peer = new NetworkPeer();
    private volatile long heardNanos = System.nanoTime();
    private volatile Optional<String> fault = Optional.of("it is starting");
    private volatile Optional<String> violation = Optional.empty();
    private volatile boolean draining;
    private volatile boolean gone;

    /**
     * A monitor of the network process that has the other end of a socket.
     *
     * @param onListeningForSignals called once that can be sent SIGHUP
     */
    public SourceMonitor(PacketSocket socket, Runnable onListeningForSignals) {
        this(socket, onListeningForSignals, MAX_SILENCE);
    }

    SourceMonitor(PacketSocket socket, Runnable onListeningForSignals, Duration maxSilence) {
        this.maxSilence = maxSilence;
        this.socket = socket;
        this.onListeningForSignals = onListeningForSignals;
    }

    /** What jobs see of the network process. */
    private final class NetworkPeer implements JobPeer {
        @Override
        public void send(MonitorMessage event, OptionalInt carried) {
            try {
                socket.send(event.encode(), carried);
            } catch (IOException e) {
                LOG.debug("the network process does not hear {}: {}", event.kind(), e.getMessage());
                socket.close(); // It has ended or is not itself: it is cut off.
            }
        }

        @Override
        public boolean lives() {
            return !gone && System.nanoTime() - heardNanos < maxSilence.toNanos();
        }

        @Override
        public void end(String why) {
            violation = Optional.of(why);
            socket.close();
        }
    }

    /**
     * Reads what the network process says until it has ended; blocks.
     *
     * @throws IOException if it says what no network process does: it is to be killed
     */
    public void serve() throws IOException {
        try {
            Optional<PacketSocket.Packet> packet = socket.receive(MonitorMessage.MAX_REQUEST_BYTES);
            for (; packet.isPresent(); packet = socket.receive(MonitorMessage.MAX_REQUEST_BYTES)) {
                heardNanos = System.nanoTime();
                if (packet.get().descriptor().isPresent()) {
                    Posix.close(packet.get().descriptor().getAsInt());
                    throw new ViolationException("a descriptor");
                }
                handle(MonitorMessage.decode(packet.get().bytes()));
            }
        } finally {
            socket.close(); // Whatever it has sent besides is not read.
            gone = true;
            ready.completeExceptionally(new IOException("the process for the network has ended"));
            jobs.values().forEach(MonitoredJob::end);
        }
        if (violation.isPresent()) {
            throw new ViolationException(violation.get());
        }
    }

    private void handle(MonitorMessage message) throws IOException {
        switch (message.kind()) {
            case LISTENING_FOR_SIGNALS -> onListeningForSignals.run();
            case READY -> {
                setFault("");
                ready.complete(null);
            }
            case ALIVE -> setFault(message.text());
            default -> ofJob(message);
        }
    }

    private void setFault(String text) {
        if (!draining) {
            fault =
                    Optional.of(text)
                            .filter(why -> !why.isEmpty())
                            .map(why -> SafeText.abridged(why, MAX_FAULT_CHARS));
        }
    }

    private void ofJob(MonitorMessage message) throws IOException {
        MonitoredJob job = jobs.get(message.id());
        if (job != null) {
            job.accept(message);
        } else {
            throw new ViolationException(message.kind() + " for a job that is none");
        }
    }

    /** Completes when the network process can take jobs; fails if it ends before. */
    public CompletableFuture<Void> ready() {
        return ready;
    }

    /** Tells the network process that jobs are taken. */
    public void serving() {
        peer.send(new MonitorMessage(Kind.SERVING, 0), OptionalInt.empty());
    }

    /** Tells the network process that no more jobs are taken. */
    public void draining() {
        fault = Optional.of("draining: it was told to stop and takes no more jobs");
        draining = true;
        peer.send(new MonitorMessage(Kind.DRAINING, 0), OptionalInt.empty());
    }

    /** Why no job can be taken, if so. */
    public Optional<String> fault() {
        return gone ? Optional.of("the process that speaks to the network has ended") : fault;
    }

    /** A job that has not begun. */
    public final class Job {
        private final int id = ids.incrementAndGet();
        private boolean begun;
        private boolean stopped;

        private Job() {}

        /**
         * Has it done; blocks until it is over and nothing of it is left.
         *
         * @param request what the network process is to do
         */
        public JobEnd run(List<String> request, JobPermit permit, JobOutput output)
                throws InterruptedException {
            MonitoredJob job = new MonitoredJob(id, permit, peer, output);
            jobs.put(id, job);
            try {
                if (gone) {
                    job.end();
                }
                begin(request);
                return job.run();
            } finally {
                jobs.remove(id);
            }
        }

        private synchronized void begin(List<String> request) {
            for (MonitorMessage piece :
                    MonitorMessage.pieces(Kind.JOB, id, String.join("\0", request))) {
                peer.send(piece, OptionalInt.empty());
            }
            begun = true;
            if (stopped) {
                peer.send(new MonitorMessage(Kind.STOP_JOB, id), OptionalInt.empty());
            }
        }

        /** Asks it to stop, also before it runs; any thread. */
        public synchronized void stop() {
            stopped = true;
            if (begun) {
                peer.send(new MonitorMessage(Kind.STOP_JOB, id), OptionalInt.empty());
            }
        }
    }

    /** A new job. */
    public Job newJob() {
        return new Job();
    }

    /** Cuts the network process off. */
    @Override
    public void close() {
        socket.close();
    }
}
