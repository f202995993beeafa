package io.pageproxy.dest.monitor;

import io.pageproxy.criu.TreeWatchdog.Action;
import io.pageproxy.dest.monitor.MonitorJobs.Daemon;
import io.pageproxy.dest.monitor.MonitorJobs.Job;
import io.pageproxy.dest.monitor.MonitorJobs.Program;
import io.pageproxy.dest.monitor.MonitorJobs.Restore;
import io.pageproxy.dest.monitor.MonitorJobs.Watch;
import io.pageproxy.dest.monitor.MonitorMessage.Kind;
import io.pageproxy.dest.restore.RestorePrograms;
import io.pageproxy.dest.restore.Restores;
import io.pageproxy.monitor.ViolationException;
import io.pageproxy.posix.PacketSocket;
import io.pageproxy.posix.Posix;
import io.pageproxy.posix.Signals;
import io.pageproxy.process.ExitStatus;
import io.pageproxy.text.LineLimit;
import io.pageproxy.text.SafeText;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs CRIU for the network process, which may have fallen into somebody else's hands: it can start
 * {@code criu restore} and {@code criu lazy-pages} with the operator's options on sessions below
 * the images dir, let run, kill or watch what it has restored, and nothing else. A request that is
 * refused is answered; one that the network process never makes ends {@link #serve}.
 *
 * <p>One thread reads the requests. Those that block run on others, one at a time for each id.
 */
public final class RestoreMonitor implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RestoreMonitor.class);

    private static final String NETWORK_PROCESS = "the network process";
    private static final Duration MAX_GRACE = Duration.ofSeconds(30);
    private static final List<Action> ACTIONS = List.of(Action.values());

    /** How long restores that have not run may take to end when the network process is gone. */
    private static final Duration END_TIMEOUT = Duration.ofSeconds(30);

    /** How long a restore may wait for its images: as long as any tree may be frozen. */
    private static final Duration MAX_WAIT = Duration.ofDays(1);

    private final PacketSocket socket;
    private final EventSender events;
    private final MonitorJobs jobs;
    private final Optional<MonitorPrograms> programs;
    private final Runnable onListeningForSignals;
    private final LineLimit lines =
            new LineLimit(
                    CompletableFuture.delayedExecutor(
                                    LineLimit.PERIOD.toMillis(), TimeUnit.MILLISECONDS)
                            ::execute,
                    (causer, counts) -> LOG.warn("further of {}: {}", causer, counts));

    /** Blocking work of a request. */
    @FunctionalInterface
    private interface Work {
        void run() throws IOException;
    }

    private RestoreMonitor(
            PacketSocket socket,
            EventSender events,
            MonitorJobs jobs,
            Optional<MonitorPrograms> programs,
            Runnable onListeningForSignals) {
        this.socket = socket;
        this.events = events;
        this.jobs = jobs;
        this.programs = programs;
        this.onListeningForSignals = onListeningForSignals;
    }

    /**
     * Opens a monitor for a network process that has the other end of a socket.
     *
     * @param allowed CRIU, with root's rights; empty if nothing may be restored
     * @param owner the network process's user
     * @param maxRestores how many it may have at a time
     * @param onListeningForSignals called once the network process can be sent SIGHUP
     * @throws IOException if images cannot be copied below the images dir
     */
    public static RestoreMonitor open(
            PacketSocket socket,
            Optional<RestorePrograms> allowed,
            Path imagesDir,
            int owner,
            int maxRestores,
            Runnable onListeningForSignals)
            throws IOException {
        return open(
                socket, allowed, imagesDir, owner, maxRestores, MAX_WAIT, onListeningForSignals);
    }

    /** Like the other one, but restores wait that long for their images. */
    static RestoreMonitor open(
            PacketSocket socket,
            Optional<RestorePrograms> allowed,
            Path imagesDir,
            int owner,
            int maxRestores,
            Duration maxWait,
            Runnable onListeningForSignals)
            throws IOException {
        EventSender events = new EventSender(socket);
        MonitorJobs jobs = new MonitorJobs(maxRestores);
        Optional<MonitorPrograms> programs = Optional.empty();
        if (allowed.isPresent()) {
            SharedCopies copies =
                    new SharedCopies(Staging.open(imagesDir, owner), allowed.get(), maxWait);
            programs = Optional.of(new MonitorPrograms(allowed.get(), copies, jobs, events));
        }
        return new RestoreMonitor(socket, events, jobs, programs, onListeningForSignals);
    }

    /**
     * Answers requests until the network process has ended; blocks.
     *
     * @throws IOException if it asks for what it never does: it is to be killed
     */
    public void serve() throws IOException {
        Optional<PacketSocket.Packet> packet = socket.receive(MonitorMessage.MAX_REQUEST_BYTES);
        for (; packet.isPresent(); packet = socket.receive(MonitorMessage.MAX_REQUEST_BYTES)) {
            OptionalInt carried = packet.get().descriptor();
            try {
                MonitorMessage request = MonitorMessage.decode(packet.get().bytes());
                if (carried.isPresent() && request.kind() != Kind.WATCH) {
                    throw new ViolationException("a descriptor with " + request.kind());
                }
                handle(request, carried);
            } catch (IOException | RuntimeException e) {
                carried.ifPresent(Posix::closeQuietly);
                socket.close(); // Whatever it has sent besides is not read.
                throw e;
            }
        }
    }

    private void handle(MonitorMessage request, OptionalInt kept) throws IOException {
        int id = request.id();
        switch (request.kind()) {
            case LISTENING_FOR_SIGNALS -> onListeningForSignals.run();
            case RESTORE -> {
                Restore restore = jobs.add(id, new Restore());
                run(id, restore, () -> programs().restore(id, restore, request));
            }
            case LAZY_PAGES -> {
                Daemon daemon = jobs.add(id, new Daemon());
                run(id, daemon, () -> programs().lazyPages(id, daemon, request.text()));
            }
            case WATCH -> {
                Watch watch = jobs.add(id, new Watch());
                run(id, watch, () -> watch(id, watch, request.number(), kept));
            }
            case IMAGES -> images(id, jobs.program(id));
            case NO_IMAGES -> jobs.program(id).ifPresent(program -> program.copy.withhold());
            case GO -> jobs.restore(id).ifPresent(RestoreMonitor::go);
            case GIVE_UP -> jobs.restore(id).ifPresent(restore -> restore.paused.giveUp());
            case LOOK -> look(id, jobs.restore(id), request.number() == 1);
            case TERMINATE -> terminate(id, request.number());
            case APPLY -> {
                Action action = action(request);
                onWatchdog(id, watchdog -> watchdog.apply(action));
            }
            case ON_OWNER_EXIT -> {
                Action action = action(request);
                onWatchdog(id, watchdog -> watchdog.onOwnerExit(action));
            }
            case LEAVE -> onWatchdog(id, Restores.Watchdog::leave);
            case UNWATCH -> onWatchdog(id, watchdog -> unwatch(id, watchdog));
            default -> throw new ViolationException("an event: " + request.kind());
        }
    }

    /** Runs what blocks; its failure is the answer. */
    private void run(int id, Job job, Work work) throws ViolationException {
        jobs.run(id, job, () -> runNow(id, work));
    }

    private void runNow(int id, Work work) {
        try {
            work.run();
        } catch (IOException e) {
            if (lines.admits(NETWORK_PROCESS, "refused")) {
                LOG.warn("refused to the network process: {}", SafeText.line(e.getMessage()));
            }
            events.send(new MonitorMessage(Kind.FAILED, id, e.getMessage()));
        } catch (RuntimeException | Error e) {
            LOG.error("internal error, please report it", e);
            events.send(new MonitorMessage(Kind.FAILED, id, "internal error of pageproxy: " + e));
        }
    }

    private MonitorPrograms programs() throws IOException {
        return programs.orElseThrow(() -> new IOException("restores are not allowed here"));
    }

    // ---- programs

    private void images(int id, Optional<Program> known) throws ViolationException {
        if (known.isEmpty()) {
            events.send(new MonitorMessage(Kind.FAILED, id, "it has ended"));
            return;
        }
        Program program = known.get();
        run(
                id,
                program,
                () -> {
                    programs().release(id, program);
                    if (program instanceof Restore && lines.admits(NETWORK_PROCESS, "restores")) {
                        LOG.info("restores '{}'", program.copy.session());
                    }
                });
    }

    private static void go(Restore restore) {
        if (restore.released) {
            return;
        }
        restore.released = true;
        try {
            restore.paused.run();
        } catch (IOException e) {
            restore.paused.giveUp();
        }
    }

    private void look(int id, Optional<Restore> known, boolean kills) throws ViolationException {
        if (known.isPresent()) {
            Restores.Paused paused = known.get().paused;
            run(id, known.get(), () -> look(id, paused, kills));
        } else {
            events.send(new MonitorMessage(Kind.LEFT, id));
        }
    }

    private void look(int id, Restores.Paused paused, boolean kills) {
        List<Long> left = kills ? paused.killLeft() : paused.left();
        String text = left.stream().map(String::valueOf).collect(Collectors.joining(","));
        events.send(new MonitorMessage(Kind.LEFT, id, text));
    }

    private void terminate(int id, long graceMillis) throws ViolationException {
        Optional<Daemon> daemon = jobs.daemon(id);
        if (daemon.isEmpty()) {
            return; // It has just exited.
        }
        if (graceMillis <= 0) {
            daemon.get().child.signal(Signals.SIGKILL);
        } else if (!daemon.get().terminated) {
            daemon.get().terminated = true;
            Duration grace = Duration.ofMillis(Math.min(graceMillis, MAX_GRACE.toMillis()));
            daemon.get().child.terminate(grace);
        }
    }

    // ---- watchdogs

    private void watch(int id, Watch watch, long root, OptionalInt kept) throws IOException {
        try {
            programs().watch(id, watch, root, kept);
        } finally {
            kept.ifPresent(Posix::closeQuietly);
        }
    }

    /** A request to a watchdog. */
    @FunctionalInterface
    private interface WatchdogCall {
        void on(Restores.Watchdog watchdog) throws IOException;
    }

    private void onWatchdog(int id, WatchdogCall call) throws ViolationException {
        Watch watch = jobs.watch(id);
        run(
                id,
                watch,
                () -> {
                    call.on(watch.watchdog);
                    events.send(new MonitorMessage(Kind.DONE, id));
                });
    }

    private void unwatch(int id, Restores.Watchdog watchdog) {
        jobs.remove(id);
        watchdog.close();
    }

    private static Action action(MonitorMessage request) throws ViolationException {
        long number = request.number();
        if (number < 0 || number >= ACTIONS.size()) {
            throw new ViolationException("the action " + number);
        }
        return ACTIONS.get((int) number);
    }

    /**
     * The network process has ended: what it has not let run is killed, and each watchdog does what
     * it was told to do then.
     */
    @Override
    public void close() {
        socket.close();
        List<Job> left = jobs.end(END_TIMEOUT);
        for (Job job : left) {
            if (job instanceof Program program && program.copy != null) {
                program.copy.withhold();
            }
            if (job instanceof Restore restore && restore.paused != null && !restore.released) {
                restore.paused.giveUp();
            } else if (job instanceof Watch watch && watch.watchdog != null) {
                watch.watchdog.close();
            }
        }
        for (Job job : left) {
            if (job instanceof Restore restore && restore.paused != null) {
                awaitEnd(restore);
            } else if (job instanceof Daemon daemon && daemon.child != null) {
                // It loses its socket when its tree is dead: the watchdog keeps a copy till then.
                awaitExit(daemon.child.exit());
            }
        }
        programs.ifPresent(MonitorPrograms::close);
    }

    /** A released tree may be the only copy and is left as it is. */
    private static void awaitEnd(Restore restore) {
        boolean success = awaitExit(restore.paused.exit()).filter(ExitStatus::success).isPresent();
        if (!success && !restore.released) {
            restore.paused.killLeft();
        }
    }

    private static Optional<ExitStatus> awaitExit(CompletableFuture<ExitStatus> exit) {
        try {
            return Optional.of(exit.get(END_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.warn("a program of a restore does not end: {}", e.toString());
        }
        return Optional.empty();
    }
}
