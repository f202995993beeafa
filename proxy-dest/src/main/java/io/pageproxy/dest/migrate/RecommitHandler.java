package io.pageproxy.dest.migrate;

import io.pageproxy.dest.session.ConnectionHandler;
import io.pageproxy.dest.session.IncomingConnection;
import io.pageproxy.dest.session.ServedSession;
import io.pageproxy.frame.Frame.Recommit;
import java.util.Optional;

/** Takes over the connections of sources that repeat the commit of a migration. */
public final class RecommitHandler implements ConnectionHandler<Recommit> {
    private final MigrationRegistry registry;

    /** Finds migrations in that registry. */
    public RecommitHandler(MigrationRegistry registry) {
        this.registry = registry;
    }

    @Override
    public Optional<ServedSession> take(IncomingConnection connection, Recommit recommit) {
        Migration migration = registry.find(recommit.token(), connection.peer());
        connection.tunnel().setPeerTimeoutMillis(recommit.peerTimeoutMillis());
        RecommitConnection.begin(connection.tunnel(), migration);
        return Optional.empty();
    }
}
