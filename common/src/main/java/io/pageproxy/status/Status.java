package io.pageproxy.status;

import io.pageproxy.certificate.TlsMaterial;
import io.pageproxy.net.Endpoint;
import io.pageproxy.posix.NotifySocket;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionReport;
import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Supplier;

/**
 * The status of a proxy and the server that serves it. Sessions and proxies report here from any
 * thread without blocking.
 */
public final class Status implements SessionWatch, AutoCloseable {
    private final TrafficCounters traffic = new TrafficCounters();
    private final SessionBoard board = new SessionBoard(traffic);
    private final OutcomeCounters outcomes;
    private final Health health;
    private final Optional<StatusServer> server;
    private volatile Optional<SystemdNotifier> notifier = Optional.empty();

    /**
     * Creates a status and starts its server on a thread of its own.
     *
     * @param address address of the server; if empty, there is no server
     * @param facts the proxy itself
     * @param material supplies the current certificates for their expiry
     * @param checks each returns a short reason why sessions cannot be accepted, or empty; must be
     *     cheap
     * @throws IOException if the server cannot listen; the message names {@code --status} and the
     *     address
     */
    public Status(
            Optional<Endpoint> address,
            ProxyFacts facts,
            Supplier<TlsMaterial> material,
            List<Supplier<Optional<String>>> checks)
            throws IOException, InterruptedException {
        CertificateDates dates = new CertificateDates(material, InstantSource.system());
        List<Supplier<Optional<String>>> all = new ArrayList<>(checks);
        all.add(dates::fault);
        health = new Health(all);
        outcomes = new OutcomeCounters(facts.side());
        Metrics metrics = new Metrics(facts, health, board, traffic, outcomes, dates);
        StatusDocument document =
                new StatusDocument(facts, health, board, outcomes, dates, InstantSource.system());
        server =
                address.isPresent()
                        ? Optional.of(
                                StatusServer.open(
                                        address.get(),
                                        new StatusPages(
                                                metrics,
                                                health,
                                                board,
                                                outcomes,
                                                document,
                                                WebPage.load()),
                                        StatusServer.LIFETIME))
                        : Optional.empty();
    }

    /** The server's address with the actual port; empty if there is no server. */
    public Optional<Endpoint> address() {
        return server.map(StatusServer::address);
    }

    /**
     * Starts to tell a service manager the state of this proxy. Call it once, before the first
     * session.
     *
     * @param socket the manager's socket; closed with this status
     * @param environment says how often the manager wants to hear of us
     */
    public void notifyManager(NotifySocket socket, Map<String, String> environment) {
        notifier =
                Optional.of(
                        SystemdNotifier.start(
                                socket,
                                SystemdNotifier.watchdog(
                                        environment, ProcessHandle.current().pid()),
                                health,
                                board::count));
    }

    @Override
    public void sessionStarted(LiveSession session) {
        if (server.isPresent() || notifier.isPresent()) {
            board.add(session);
        }
    }

    @Override
    public void sessionEnded(SessionReport report) {
        outcomes.sessionEnded(report);
    }

    /**
     * Reports a finished migration from here.
     *
     * @param downSeconds how long no task of the tree ran, at most; 0 if none was frozen
     */
    public void migrationEnded(CloseReason reason, double downSeconds) {
        outcomes.migrationEnded(reason, downSeconds);
    }

    /** Reports a connection that ended without an authenticated peer. */
    public void handshakeRefused(SessionReport report) {
        outcomes.handshakeRefused(report.outcome().reason());
    }

    /** Reports a probe. */
    public void probed() {
        outcomes.probed();
    }

    /** The readiness of the proxy. */
    public Health health() {
        return health;
    }

    /**
     * Wraps work so that the server is closed when it returns. After a signal no later clean-up
     * runs, and the socket's file would otherwise remain.
     */
    public Callable<Integer> closeAfter(Callable<Integer> work) {
        return () -> {
            try {
                return work.call();
            } finally {
                close();
            }
        };
    }

    /** Stops the server and the notifications. */
    @Override
    public void close() {
        server.ifPresent(StatusServer::close);
        notifier.ifPresent(SystemdNotifier::close);
    }
}
