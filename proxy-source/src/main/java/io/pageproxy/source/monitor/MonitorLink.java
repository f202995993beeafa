package io.pageproxy.source.monitor;

import io.pageproxy.monitor.NetworkProcess;
import io.pageproxy.posix.PacketSocket;
import io.pageproxy.posix.Posix;
import io.pageproxy.source.monitor.MonitorMessage.Kind;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The network process's side: brings jobs from the monitor, which is its parent. Thread-safe. */
public final class MonitorLink {
    private static final Logger LOG = LoggerFactory.getLogger(MonitorLink.class);

    /** Well below the time after which the monitor takes this process for lost. */
    private static final long PULSE_MILLIS = 5_000;

    private final PacketSocket socket;
    private final Jobs jobs;
    private final Map<Integer, JobLink> open = new ConcurrentHashMap<>();
    private final CompletableFuture<Void> serving = new CompletableFuture<>();
    private final CompletableFuture<Void> draining = new CompletableFuture<>();

    /** Of the reading thread. */
    private final StringBuilder request = new StringBuilder();

    /** Runs jobs. Called on one thread; must not block. */
    public interface Jobs {
        /**
         * Begins a job, which ends by {@link JobLink#over}.
         *
         * @param wanted what was given to the monitor for it
         */
        void begin(JobLink job, List<String> wanted);

        /** Asks a job to stop. */
        void stop(JobLink job);
    }

    private MonitorLink(PacketSocket socket, Jobs jobs) {
        this.socket = socket;
        this.jobs = jobs;
    }

    /**
     * Takes over the descriptor that this process has inherited.
     *
     * @param onMonitorGone called once when the monitor has ended; on a thread of its own
     */
    public static MonitorLink inherited(Jobs jobs, Runnable onMonitorGone) throws IOException {
        return over(NetworkProcess.monitorOfThis(), jobs, onMonitorGone);
    }

    static MonitorLink over(PacketSocket socket, Jobs jobs, Runnable onMonitorGone) {
        MonitorLink link = new MonitorLink(socket, jobs);
        start("monitor", () -> link.read(onMonitorGone));
        return link;
    }

    private static void start(String name, Runnable work) {
        Thread thread = new Thread(null, work, name, 0, false);
        thread.setDaemon(true);
        thread.start();
    }

    private void read(Runnable onMonitorGone) {
        try {
            Optional<PacketSocket.Packet> packet = socket.receive(MonitorMessage.MAX_EVENT_BYTES);
            for (; packet.isPresent(); packet = socket.receive(MonitorMessage.MAX_EVENT_BYTES)) {
                handle(MonitorMessage.decode(packet.get().bytes()), packet.get().descriptor());
            }
        } catch (IOException e) {
            socket.close(); // As if it had ended.
        }
        open.values().forEach(JobLink::onMonitorGone);
        onMonitorGone.run();
    }

    private void handle(MonitorMessage event, OptionalInt carried) throws IOException {
        JobLink job = open.get(event.id());
        switch (event.kind()) {
            case SERVING -> serving.complete(null);
            case DRAINING -> draining.complete(null);
            case JOB -> addRequest(event);
            case STOP_JOB -> {
                if (job != null) {
                    jobs.stop(job);
                }
            }
            default -> {
                if (job != null) {
                    job.on(event, carried);
                } else if (carried.isPresent()) {
                    Posix.close(carried.getAsInt());
                }
            }
        }
    }

    private void addRequest(MonitorMessage piece) {
        request.append(piece.text());
        if (piece.number() == 1) {
            List<String> wanted = List.of(request.toString().split("\0", -1));
            request.setLength(0);
            int id = piece.id();
            JobLink job = new JobLink(id, this::send, () -> open.remove(id));
            open.put(id, job);
            jobs.begin(job, wanted);
        }
    }

    private void send(MonitorMessage request) throws IOException {
        socket.send(request.encode(), OptionalInt.empty());
    }

    /** Tells the monitor that SIGHUP can be handled. */
    public void listeningForSignals() throws IOException {
        send(new MonitorMessage(Kind.LISTENING_FOR_SIGNALS, 0));
    }

    /**
     * Tells the monitor that jobs can be taken, and from now on that this process lives.
     *
     * @param fault why no job can be taken, if so
     */
    public void ready(Supplier<Optional<String>> fault) throws IOException {
        send(new MonitorMessage(Kind.READY, 0));
        start("pulse", () -> pulse(fault));
    }

    private void pulse(Supplier<Optional<String>> fault) {
        try {
            while (true) {
                TimeUnit.MILLISECONDS.sleep(PULSE_MILLIS);
                send(new MonitorMessage(Kind.ALIVE, 0, fault.get().orElse("")));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException monitorGone) {
            LOG.debug("{}", monitorGone.getMessage());
        }
    }

    /** Completes when jobs can be given to the monitor. */
    public CompletableFuture<Void> serving() {
        return serving;
    }

    /** Completes when the monitor was told to stop, and takes no more jobs. */
    public CompletableFuture<Void> draining() {
        return draining;
    }
}
