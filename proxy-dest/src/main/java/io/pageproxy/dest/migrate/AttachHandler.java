package io.pageproxy.dest.migrate;

import io.pageproxy.dest.policy.SessionGrant;
import io.pageproxy.dest.session.ConnectionHandler;
import io.pageproxy.dest.session.IncomingConnection;
import io.pageproxy.dest.session.ServedSession;
import io.pageproxy.frame.Frame.Attach;
import io.pageproxy.session.SessionException;
import io.pageproxy.session.SessionName;
import java.util.Optional;

/**
 * Takes over the connections that bring a migration's files and its commit.
 *
 * @param services what the migrations share
 */
public record AttachHandler(MigrationServices services) implements ConnectionHandler<Attach> {
    @Override
    public Optional<ServedSession> take(IncomingConnection connection, Attach attach) {
        connection.facts().attached(attach);
        SessionGrant grant =
                services.policy().attach(connection.peer(), attach.session().map(SessionName::new));
        MigrationSession session;
        try {
            MigrationRules.require(attach, grant, services.restores());
            session =
                    new MigrationSession(
                            services,
                            connection,
                            attach,
                            grant,
                            attach.lazy() ? LazyCommit::new : PushCommit::new);
            services.registry().add(session);
        } catch (SessionException e) {
            grant.giveBack();
            throw e;
        }
        session.begin();
        return Optional.of(session);
    }
}
