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

/** Takes over the connections that bring a migration's files and its commit. */
public final class AttachHandler implements ConnectionHandler<Attach> {
    private final MigrationServices services;

    /** Begins migrations that share these services. */
    public AttachHandler(MigrationServices services) {
        this.services = services;
    }

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
                    "the destination restores nothing: start it with --allow-restore, or say"
                            + " --no-restore to bring the images only");
        }
        if (attach.restore() && !grant.restore()) {
            throw new SessionException(
                    CloseReason.RESTORE_NOT_ALLOWED,
                    "the destination's --policy lets this peer have nothing restored (restore: true"
                            + " allows it); say --no-restore to bring the images only");
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
                    "the destination's --policy lets this peer have no lazy session (lazy: true"
                            + " allows them); migrate without --lazy");
        }
    }
}
