package io.pageproxy.source.migrate;

import io.pageproxy.async.BackgroundTask;
import io.pageproxy.async.Reactions;
import io.pageproxy.frame.Frame.Accept;
import io.pageproxy.local.LocalUsers;
import io.pageproxy.net.HostPort;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.SessionFigures;
import io.pageproxy.session.SessionReport;
import io.pageproxy.session.Side;
import io.pageproxy.source.SourceConfig;
import io.pageproxy.source.SourceServices;
import io.pageproxy.source.lazy.LazyConfig;
import io.pageproxy.source.lazy.LazyObserver;
import io.pageproxy.source.lazy.LazySource;
import io.pageproxy.source.migrate.dump.MigrationPlan;
import io.pageproxy.status.LiveSession;
import io.pageproxy.status.SessionWatch;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ThreadLocalRandom;

/** Runs the lazy session of a migration on its own thread. */
final class LazyPagesSession implements LazyPages, LazyObserver {
    /** Below the ports that Linux assigns by itself, unless it is configured otherwise. */
    private static final int LOWEST_PORT = 20_000;

    private static final int PORTS = 12_000;
    private static final int MAX_TRIES = 100;

    private final LazySource source;
    private final SessionWatch watch;
    private final CompletableFuture<Accept> accepted = new CompletableFuture<>();
    private final CompletableFuture<Void> serving = new CompletableFuture<>();
    private final CompletableFuture<Void> allFetched = new CompletableFuture<>();
    private final CompletableFuture<SessionReport> over = new CompletableFuture<>();
    private final CompletableFuture<Outcome> failed = new CompletableFuture<>();

    /**
     * A session that has not begun.
     *
     * @param port of the loopback address, where the dump will serve its pages
     * @throws IOException if the users of this host cannot be determined
     */
    LazyPagesSession(SourceConfig config, SourceServices services, int port) throws IOException {
        this.watch = services.watch();
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
                                config.agent(),
                                config.migration()),
                        services.tls(),
                        services.runtime().lazyLoops().next(),
                        this);
        Reactions.when(over, this::onOver, this::onFault);
    }

    /**
     * Returns a port that is free now. If another process takes it before the dump does, that
     * process is detected and refused.
     *
     * @throws IOException if none is free
     */
    static int freePort() throws IOException {
        return ThreadLocalRandom.current()
                .ints(MAX_TRIES, LOWEST_PORT, LOWEST_PORT + PORTS)
                .filter(LazyPagesSession::isFree)
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

    @Override
    public void start() {
        Reactions.when(
                BackgroundTask.start("lazy-pages", source::run),
                end ->
                        over.completeExceptionally(
                                new IllegalStateException("it ended without a report")),
                over::completeExceptionally);
    }

    private void onOver(SessionReport report) {
        if (!report.outcome().good()) {
            failed.complete(report.outcome());
        }
    }

    private void onFault(Throwable fault) {
        failed.complete(outcomeOf(fault));
    }

    private static Outcome outcomeOf(Throwable fault) {
        return Outcome.failed(
                Side.SOURCE,
                CloseReason.LOCAL_FAILURE,
                "the session of the pages failed by an internal error of pageproxy: " + fault);
    }

    @Override
    public CompletableFuture<Accept> accepted() {
        return accepted;
    }

    @Override
    public CompletableFuture<Void> serving() {
        return serving;
    }

    @Override
    public CompletableFuture<Void> allFetched() {
        return allFetched;
    }

    @Override
    public CompletableFuture<Outcome> failed() {
        return failed;
    }

    @Override
    public Outcome awaitOutcome() {
        try {
            return over.join().outcome();
        } catch (CompletionException e) {
            return outcomeOf(Reactions.causeOf(e));
        }
    }

    @Override
    public Optional<SessionReport> report() {
        return over.isCompletedExceptionally()
                ? Optional.empty()
                : Optional.ofNullable(over.getNow(null));
    }

    @Override
    public List<SessionFigures> progress() {
        return serving.isDone() ? source.progress() : List.of();
    }

    @Override
    public void fail(CloseReason reason, String message) {
        source.fail(reason, message);
    }

    @Override
    public void onSessionBegins(LiveSession session) {
        watch.sessionStarted(session);
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
        allFetched.complete(null);
    }

    @Override
    public void onSessionOver(SessionReport report) {
        watch.sessionEnded(report);
        over.complete(report);
    }

    @Override
    public void close() {
        // The event loop is the runtime's.
    }
}
