package io.pageproxy.status;

import io.pageproxy.net.Endpoint;
import io.pageproxy.session.SessionReport;
import io.pageproxy.session.Side;
import io.pageproxy.tls.TlsMaterial;
import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Supplier;

/**
 * What a proxy has to tell of itself, and who may ask. Sessions and proxies say things here, from
 * any thread; nobody waits.
 */
public final class Status implements AutoCloseable {
    private final CarriedCounters carried = new CarriedCounters();
    private final SessionBoard board = new SessionBoard(carried);
    private final OutcomeCounters outcomes;
    private final Health health;
    private final Optional<StatusServer> server;

    /**
     * One that can be asked from now on, on a thread of its own.
     *
     * @param address where; empty: nowhere, and nothing is kept
     * @param side which proxy this is
     * @param version of the program
     * @param material certificates in force, for their dates; asked each time
     * @param checks each says in a few words what keeps sessions from being taken; cheap
     * @throws IOException that names {@code --status} and the address where it cannot be had
     */
    public Status(
            Optional<Endpoint> address,
            Side side,
            String version,
            Supplier<TlsMaterial> material,
            List<Supplier<Optional<String>>> checks)
            throws IOException, InterruptedException {
        CertificateDates dates = new CertificateDates(material, InstantSource.system());
        List<Supplier<Optional<String>>> all = new ArrayList<>(checks);
        all.add(dates::fault);
        health = new Health(all);
        outcomes = new OutcomeCounters(side);
        Metrics metrics = new Metrics(side, version, board, carried, outcomes, dates);
        StatusPages pages = new StatusPages(metrics, health, board, outcomes);
        server =
                address.isPresent()
                        ? Optional.of(
                                StatusServer.open(address.get(), pages, StatusInitializer.LIFETIME))
                        : Optional.empty();
    }

    /** Where it can be asked, the port being the real one; empty: nowhere. */
    public Optional<Endpoint> address() {
        return server.map(StatusServer::address);
    }

    /** A session has begun. */
    public void begins(LiveSession session) {
        if (server.isPresent()) {
            board.begin(session);
        }
    }

    /** A session is over. */
    public void over(SessionReport report) {
        outcomes.over(report);
    }

    /** A connection is over on which nobody was authenticated. */
    public void refused(SessionReport report) {
        outcomes.refused(report.outcome().reason());
    }

    /** A peer has asked whether it could have a session. */
    public void probed() {
        outcomes.probed();
    }

    /** Whether sessions can be taken. */
    public Health health() {
        return health;
    }

    /**
     * The same work, after which nobody can ask any more: after a signal nothing comes behind the
     * work, and a socket's file would be left.
     */
    public Callable<Integer> during(Callable<Integer> work) {
        return () -> {
            try {
                return work.call();
            } finally {
                close();
            }
        };
    }

    /** Nobody can ask any more. */
    @Override
    public void close() {
        server.ifPresent(StatusServer::close);
    }
}
