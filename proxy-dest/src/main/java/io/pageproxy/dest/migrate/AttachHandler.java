package io.pageproxy.dest.migrate;

import io.pageproxy.dest.policy.SessionGrant;
import io.pageproxy.dest.session.ConnectionHandler;
import io.pageproxy.dest.session.IncomingConnection;
import io.pageproxy.dest.session.ServedSession;
import io.pageproxy.frame.Frame.Attach;
import io.pageproxy.session.CloseReason;
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
            requireRestoreAllowed(attach, grant);
            requireLazyAllowed(attach, grant);
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

    private void requireRestoreAllowed(Attach attach, SessionGrant grant) {
        if (attach.restore() && !services.restores().allowed()) {
            throw new SessionException(
                    CloseReason.RESTORE_NOT_ALLOWED,
                    "the destination does not allow restores: start it with --allow-restore, or"
                            + " send only the images with --no-restore");
        }
        if (attach.restore() && !grant.restore()) {
            throw new SessionException(
                    CloseReason.RESTORE_NOT_ALLOWED,
                    "the destination's --policy allows this peer no restores (restore: true allows"
                            + " them); with --no-restore only the images are sent");
        }
    }

    private static void requireLazyAllowed(Attach attach, SessionGrant grant) {
        if (attach.lazy() && !attach.restore()) {
            throw new SessionException(
                    CloseReason.TUNNEL_PROTOCOL,
                    "a lazy migration without a restore was asked for");
        }
        if (attach.lazy() && !grant.lazy()) {
            throw new SessionException(
                    CloseReason.SESSION_NOT_ALLOWED,
                    "the destination's --policy allows this peer no lazy sessions (lazy: true"
                            + " allows them); migrate without --lazy");
        }
    }
}
