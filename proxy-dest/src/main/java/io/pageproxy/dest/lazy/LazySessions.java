package io.pageproxy.dest.lazy;

import io.pageproxy.dest.session.Admission;
import io.pageproxy.dest.session.ConnectionHandler;
import io.pageproxy.dest.session.IncomingConnection;
import io.pageproxy.dest.session.ServedSession;
import io.pageproxy.frame.Frame.Hello;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import io.pageproxy.tunnel.TunnelHandler;
import java.util.Optional;

/**
 * Takes over the connections of sources that ask for a lazy session.
 *
 * @param services what the sessions share
 */
public record LazySessions(LazyServices services) implements ConnectionHandler<Hello> {
    @Override
    public Optional<ServedSession> take(IncomingConnection connection, Hello hello) {
        Admission admission = services.admissions().admit(connection, hello);
        try {
            return Optional.of(begin(connection, hello, admission));
        } catch (SessionException e) {
            admission.release();
            throw e;
        }
    }

    private LazyDestSession begin(IncomingConnection connection, Hello hello, Admission admission) {
        LazyTarget target =
                services.migrations()
                        .find(hello.session(), connection.peer())
                        .or(this::withoutMigration)
                        .orElseThrow(LazySessions::noDaemons);
        if (!admission.grant().lazy()) {
            throw new SessionException(
                    CloseReason.SESSION_NOT_ALLOWED,
                    "the destination's --policy allows this peer no lazy sessions (lazy: true"
                            + " allows them)");
        }
        LazyDestSession session = new LazyDestSession(services, connection, admission, target);
        session.begin();
        connection.tunnel().expectBlocks();
        TunnelHandler.setListener(connection.tunnel(), session);
        return session;
    }

    private Optional<LazyTarget> withoutMigration() {
        return services.daemons().map(daemons -> new LazyTarget(daemons, FedTree.OTHERS));
    }

    private static SessionException noDaemons() {
        return new SessionException(
                CloseReason.SESSION_NOT_ALLOWED,
                "the destination serves no lazy sessions: start it with -- criu lazy-pages ...");
    }
}
