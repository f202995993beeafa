package io.pageproxy.source.migrate;

import io.netty.channel.unix.FileDescriptor;
import io.pageproxy.async.Reactions;
import io.pageproxy.process.ActionGate;
import io.pageproxy.process.ChildLauncher;
import io.pageproxy.process.ChildProcess;
import io.pageproxy.process.ChildSpec;
import io.pageproxy.process.Signals;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * A {@code criu dump --lazy-pages} of ours: it waits at its gate, its tasks frozen, then listens
 * for who wants their pages, once, and lets them go where that connection is reset.
 */
final class LazyDump {
    private static final Duration GIVE_UP_PATIENCE = Duration.ofSeconds(10);
    private static final long POLL_MILLIS = 50;
    private static final int CONNECT_MILLIS = 1_000;
    private static final int EXIT_NOT_KNOWN = -1;

    private final MigrationPlan plan;
    private final ActionGate gate;
    private final int port;
    private final CompletableFuture<Integer> ended = new CompletableFuture<>();
    private ChildProcess child;

    /**
     * One that has not begun.
     *
     * @param gate holds it
     * @param port where it will listen
     */
    LazyDump(MigrationPlan plan, ActionGate gate, int port) {
        this.plan = plan;
        this.gate = gate;
        this.port = port;
    }

    void begin(ChildLauncher launcher) throws IOException {
        child =
                launcher.launch(
                        new ChildSpec(
                                plan.lazyDumper(port, gate.arguments()),
                                System.getenv(),
                                Optional.empty()));
        new FileDescriptor(child.takeSocket()).close(); // It has a port of its own.
        Reactions.when(
                child.exit(),
                exit -> ended.complete(exit.shellCode()),
                lost -> ended.complete(EXIT_NOT_KNOWN));
    }

    /** Its number, while it runs. */
    long pid() {
        return child.pid();
    }

    /** All is dumped but the pages, and it waits. */
    CompletableFuture<Void> done() {
        return gate.reached();
    }

    /** With its exit code, as a shell has it. */
    CompletableFuture<Integer> ended() {
        return ended;
    }

    /** Lets it listen. */
    void serve() throws IOException {
        gate.go();
    }

    /** Waits for its end, but no longer than that. */
    void awaitEnd(Duration patience) throws InterruptedException {
        long endNanos = System.nanoTime() + patience.toNanos();
        while (!ended.isDone() && System.nanoTime() - endNanos < 0) {
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
    }

    /**
     * Has it fail, so that its tasks are let go; returns when it has ended. It serves its pages
     * even where it was told no, and waits for who wants them: so it is connected to and reset. One
     * that does not end then is killed, which lets the tasks go too.
     */
    void giveUp() throws InterruptedException {
        if (child == null) {
            return;
        }
        closeGate(); // Where it was let go it has heard so.
        long endNanos = System.nanoTime() + GIVE_UP_PATIENCE.toNanos();
        while (!ended.isDone() && !(done().isDone() && System.nanoTime() - endNanos > 0)) {
            reset();
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
        if (!ended.isDone()) {
            child.signal(Signals.SIGKILL);
            ended.join();
        }
    }

    private void closeGate() {
        try {
            gate.close();
        } catch (IOException closedEnough) {
            return;
        }
    }

    private void reset() {
        try (Socket socket = new Socket()) {
            socket.setSoLinger(true, 0);
            socket.connect(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), port), CONNECT_MILLIS);
        } catch (IOException notYetOrNotAnyMore) {
            return;
        }
    }
}
