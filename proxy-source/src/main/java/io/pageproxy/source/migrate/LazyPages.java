package io.pageproxy.source.migrate;

import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import io.pageproxy.async.Reactions;
import io.pageproxy.frame.Frame.Accept;
import io.pageproxy.local.LocalUsers;
import io.pageproxy.net.HostPort;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.Progress;
import io.pageproxy.session.SessionReport;
import io.pageproxy.session.Side;
import io.pageproxy.source.SourceConfig;
import io.pageproxy.source.lazy.LazyConfig;
import io.pageproxy.source.lazy.LazyObserver;
import io.pageproxy.source.lazy.LazySource;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;

/**
 * The lazy session of a migration, on a thread of its own; what comes of it is told by futures. Any
 * thread.
 */
final class LazyPages implements LazyObserver, AutoCloseable {
    /** Below those that Linux gives out by itself, unless it was told otherwise. */
    private static final int LOWEST_PORT = 20_000;

    private static final int PORTS = 12_000;
    private static final int MOST_TRIES = 100;

    private final int port;
    private final LazySource source;
    private final CompletableFuture<Accept> accepted = new CompletableFuture<>();
    private final CompletableFuture<Void> serving = new CompletableFuture<>();
    private final CompletableFuture<Void> allThere = new CompletableFuture<>();
    private final CompletableFuture<SessionReport> over = new CompletableFuture<>();

    /**
     * One that has not begun.
     *
     * @throws IOException where there is no port for the dump
     */
    LazyPages(SourceConfig config, Function<Channel, SslHandler> tls) throws IOException {
        this.port = freePort();
        this.source =
                new LazySource(
                        new LazyConfig(
                                config.connect(),
                                new HostPort(MigrationPlan.LOOPBACK, port),
                                true,
                                LocalUsers.ownOrRoot(),
                                config.session(),
                                config.codec(),
                                config.host(),
                                config.timeouts(),
                                config.agent()),
                        tls,
                        this);
    }

    /** One that nobody else has now; who else took it meanwhile would be found out and refused. */
    private static int freePort() throws IOException {
        return ThreadLocalRandom.current()
                .ints(MOST_TRIES, LOWEST_PORT, LOWEST_PORT + PORTS)
                .filter(LazyPages::isFree)
                .findFirst()
                .orElseThrow(
                        () ->
                                new IOException(
                                        "no port of 127.0.0.1 is free for criu dump --lazy-pages"));
    }

    private static boolean isFree(int port) {
        try (ServerSocket free = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return free.isBound();
        } catch (IOException taken) {
            return false;
        }
    }

    /** Where the dump is to serve its pages. */
    int port() {
        return port;
    }

    /** Connects. */
    void begin() {
        new Thread(this::run, "lazy-pages").start();
    }

    /** Whatever ends it, who waits for it hears so. */
    private void run() {
        try {
            source.run();
            over.completeExceptionally(new IllegalStateException("it ended without a report"));
        } catch (InterruptedException | RuntimeException | Error e) {
            over.completeExceptionally(e);
        }
    }

    /** The destination takes it. */
    CompletableFuture<Accept> accepted() {
        return accepted;
    }

    /** The dump serves. */
    CompletableFuture<Void> serving() {
        return serving;
    }

    /** The destination has all pages. */
    CompletableFuture<Void> allThere() {
        return allThere;
    }

    /** Completes with why it failed, where it does. */
    CompletableFuture<Outcome> broken() {
        CompletableFuture<Outcome> broken = new CompletableFuture<>();
        Reactions.when(
                over,
                report -> {
                    if (!report.outcome().good()) {
                        broken.complete(report.outcome());
                    }
                },
                fault -> broken.complete(outcomeOf(fault)));
        return broken;
    }

    private static Outcome outcomeOf(Throwable fault) {
        return Outcome.failed(
                Side.SOURCE,
                CloseReason.LOCAL_FAILURE,
                "the session of the pages failed by a fault of pageproxy's own: " + fault);
    }

    /** How it ended; blocks until it has. */
    Outcome outcome() {
        try {
            return over.join().outcome();
        } catch (CompletionException e) {
            return outcomeOf(Reactions.causeOf(e));
        }
    }

    /** Its report, where it has ended and could make one. */
    Optional<SessionReport> over() {
        return over.isCompletedExceptionally()
                ? Optional.empty()
                : Optional.ofNullable(over.getNow(null));
    }

    /** How far it is; empty where none flow. */
    Optional<Progress> progress() {
        return serving.isDone() ? source.progress() : Optional.empty();
    }

    /** Ends it; CRIU fails. */
    void fail(CloseReason reason, String message) {
        source.fail(reason, message);
    }

    @Override
    public void onReady(Accept accept) {
        accepted.complete(accept);
    }

    @Override
    public void onServing() {
        serving.complete(null);
    }

    @Override
    public void onAllThere() {
        allThere.complete(null);
    }

    @Override
    public void onSessionOver(SessionReport report) {
        over.complete(report);
    }

    @Override
    public void close() {
        source.close();
    }
}
