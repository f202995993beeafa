package io.pageproxy.source.migrate.dump;

import io.netty.channel.unix.FileDescriptor;
import io.pageproxy.async.Reactions;
import io.pageproxy.criu.ActionScriptBarrier;
import io.pageproxy.criu.Task;
import io.pageproxy.posix.Signals;
import io.pageproxy.process.ChildLauncher;
import io.pageproxy.process.ChildProcess;
import io.pageproxy.process.ChildSpec;
import io.pageproxy.runc.RuncCriu;
import io.pageproxy.source.dumper.DumpCommand;
import io.pageproxy.source.dumper.DumpLog;
import io.pageproxy.source.dumper.DumperEnd;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A {@code criu dump --lazy-pages}, or a {@code runc checkpoint} that starts one, that we start. It
 * is held at {@code post-dump}, then listens for one client that wants the pages, and releases its
 * tasks if that connection is reset.
 */
public final class CriuLazyDump implements LazyDump {
    private static final Logger LOG = LoggerFactory.getLogger(CriuLazyDump.class);
    private static final Duration ABORT_TIMEOUT = Duration.ofSeconds(10);
    private static final long POLL_MILLIS = 50;
    private static final int CONNECT_MILLIS = 1_000;

    private final MigrationPlan plan;
    private final ChildLauncher launcher;
    private final int port;
    private final BooleanSupplier ownerLives;
    private final CompletableFuture<Optional<DumperEnd>> ended = new CompletableFuture<>();
    private ActionScriptBarrier barrier; // Null before open.
    private Optional<RuncCriu> runcCriu = Optional.empty(); // For containers, from open on.
    private ChildProcess child; // Null before start.

    /**
     * A dump that has not begun.
     *
     * @param launcher starts it
     * @param port of the loopback address, where it will listen
     * @param ownerLives false once whoever decides about the tree is lost: a held dump fails then
     */
    public CriuLazyDump(
            MigrationPlan plan, ChildLauncher launcher, int port, BooleanSupplier ownerLives) {
        this.plan = plan;
        this.launcher = launcher;
        this.port = port;
        this.ownerLives = ownerLives;
    }

    @Override
    public void open() throws IOException {
        barrier = ActionScriptBarrier.ofLazyDump();
        barrier.ownedByThisThread(ownerLives);
        if (plan.container().isPresent()) {
            runcCriu = Optional.of(RuncCriu.of(plan.criu(), barrier, RuncContainer.lazyOptions()));
        }
    }

    @Override
    public void start(int roundsDone) throws IOException {
        DumpCommand command = plan.lazyDumper(roundsDone, port, barrier.arguments(), runcCriu);
        DumpLog log = command.logIn(launcher.directory());
        child =
                launcher.launch(
                        new ChildSpec(command.words(), command.environment(), Optional.empty()));
        new FileDescriptor(child.takeSocket()).close(); // It listens on a port instead.
        Reactions.when(
                child.exit(),
                status -> ended.complete(Optional.of(DumperEnd.of(command.words(), status, log))),
                lost -> ended.complete(Optional.empty()));
    }

    @Override
    public Optional<Task> process() {
        return plan.container().isPresent() ? plan.root().tracer() : Task.of(child);
    }

    /** The CRIU of a runc that was killed goes on without it. */
    private boolean isOver() {
        return ended.isDone() && process().isEmpty();
    }

    @Override
    public CompletableFuture<Void> held() {
        return barrier.reached();
    }

    @Override
    public CompletableFuture<Optional<DumperEnd>> ended() {
        return ended;
    }

    @Override
    public void serve() throws IOException {
        barrier.go();
    }

    /**
     * CRIU serves its pages even if its action script has failed, and waits for a client, so we
     * connect and reset the connection. A dump that still does not end is killed, which also
     * releases the tasks.
     */
    @Override
    public void abort() throws InterruptedException {
        if (child == null) {
            return;
        }
        closeBarrier();
        long endNanos = System.nanoTime() + ABORT_TIMEOUT.toNanos();
        while (!isOver() && !(held().isDone() && System.nanoTime() - endNanos > 0)) {
            reset();
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
        if (!isOver()) {
            process()
                    .flatMap(criu -> ProcessHandle.of(criu.pid()))
                    .ifPresent(ProcessHandle::destroyForcibly);
            child.signal(Signals.SIGKILL);
            ended.join();
        }
    }

    private void reset() {
        try (Socket socket = new Socket()) {
            socket.setSoLinger(true, 0);
            socket.connect(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), port), CONNECT_MILLIS);
        } catch (IOException notListening) {
            return;
        }
    }

    @Override
    public void close() {
        closeBarrier();
        runcCriu.ifPresent(RuncCriu::close);
    }

    private void closeBarrier() {
        if (barrier == null) {
            return;
        }
        try {
            barrier.close();
        } catch (IOException e) {
            LOG.debug("what is left of the action script's folder stays", e);
        }
    }
}
