package io.pageproxy.dest.migrate;

import io.netty.channel.ChannelFutureListener;
import io.netty.util.concurrent.Future;
import io.pageproxy.async.Reactions;
import io.pageproxy.dest.session.ConnectionHandler;
import io.pageproxy.dest.session.IncomingConnection;
import io.pageproxy.dest.session.ServedSession;
import io.pageproxy.frame.Frame;
import io.pageproxy.frame.Frame.Committed;
import io.pageproxy.frame.Frame.Delivered;
import io.pageproxy.frame.Frame.Recommit;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.SessionException;
import io.pageproxy.session.Side;
import io.pageproxy.tunnel.Tunnel;
import io.pageproxy.tunnel.TunnelHandler;
import io.pageproxy.tunnel.TunnelListener;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * Takes over the connections of sources that repeat the commit of a migration, because the
 * migration's own connection broke.
 *
 * @param registry finds their migrations
 */
public record RecommitHandler(MigrationRegistry registry) implements ConnectionHandler<Recommit> {
    @Override
    public Optional<ServedSession> take(IncomingConnection connection, Recommit recommit) {
        Migration migration = registry.find(recommit.token(), connection.peer());
        connection.tunnel().setPeerTimeoutMillis(recommit.peerTimeoutMillis());
        Connection.begin(connection.tunnel(), migration);
        return Optional.empty();
    }

    /**
     * Passes on the commit and the answer, and has no influence otherwise. On its own event loop,
     * which may differ from the migration's.
     *
     * <pre>
     *  Recommit --Committed, push--> closed
     *           --Committed, lazy--> waits --Delivered--> closed
     *           --Abort------------> closed
     * </pre>
     */
    private static final class Connection implements TunnelListener {
        private final Tunnel tunnel;
        private final Migration migration;
        private boolean awaitsDelivered;

        Connection(Tunnel tunnel, Migration migration) {
            this.tunnel = tunnel;
            this.migration = migration;
        }

        /** Takes the connection over. */
        static void begin(Tunnel tunnel, Migration migration) {
            Connection connection = new Connection(tunnel, migration);
            TunnelHandler.setListener(tunnel, connection);
            Reactions.when(
                    CompletableFuture.supplyAsync(migration::onRecommit, migration.loop())
                            .thenCompose(answer -> answer),
                    tunnel.channel().eventLoop(),
                    connection::answer,
                    connection::refuse);
        }

        private void answer(Committed committed) {
            if (migration.lazyRestore().isPresent()) {
                awaitsDelivered = true; // The source kills its tasks only now.
                tunnel.send(committed);
            } else {
                tunnel.send(committed)
                        .addListener(this::onAnswerSent)
                        .addListener(ChannelFutureListener.CLOSE);
            }
        }

        private void onAnswerSent(Future<?> sent) {
            if (sent.isSuccess()) {
                migration.outcomeHeard();
            }
        }

        private void refuse(Throwable cause) {
            CloseReason reason =
                    cause instanceof SessionException ended
                            ? ended.reason()
                            : CloseReason.LOCAL_FAILURE;
            tunnel.abort(Outcome.failed(Side.DESTINATION, reason, cause.getMessage()));
        }

        @Override
        public void onFrame(Frame frame) {
            if (!(frame instanceof Delivered && awaitsDelivered)) {
                throw frame.unexpectedFrom(Side.SOURCE, "behind Recommit");
            }
            migration.lazyRestore().ifPresent(LazyRestore::released);
            tunnel.close();
        }

        /** The commit is still valid. */
        @Override
        public void onTunnelFailure(CloseReason reason, String message) {
            tunnel.close();
        }
    }
}
