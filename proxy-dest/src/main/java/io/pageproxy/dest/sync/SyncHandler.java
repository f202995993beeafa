package io.pageproxy.dest.sync;

import io.pageproxy.dest.session.ConnectionHandler;
import io.pageproxy.dest.session.IncomingConnection;
import io.pageproxy.dest.session.ServedSession;
import io.pageproxy.frame.Frame.Sync;
import io.pageproxy.peer.PeerIdentity;
import io.pageproxy.process.ChildLauncher;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.BiFunction;

/**
 * Takes over the connections that copy the files of a migration.
 *
 * @param migrations finds the folders of a peer's migration by its token; throws a {@link
 *     io.pageproxy.session.SessionException} if there is none
 * @param launcher starts rsync
 * @param workers threads for blocking work
 */
public record SyncHandler(
        BiFunction<String, PeerIdentity, SyncedFolders> migrations,
        ChildLauncher launcher,
        Executor workers)
        implements ConnectionHandler<Sync> {
    @Override
    public Optional<ServedSession> take(IncomingConnection connection, Sync sync) {
        SyncedFolders folders = migrations.apply(sync.token(), connection.peer());
        connection.tunnel().setPeerTimeoutMillis(sync.peerTimeoutMillis());
        SyncPass.begin(launcher, workers, connection, folders, sync);
        return Optional.empty();
    }
}
