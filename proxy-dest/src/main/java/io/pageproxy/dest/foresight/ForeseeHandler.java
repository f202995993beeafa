package io.pageproxy.dest.foresight;

import io.netty.channel.ChannelFutureListener;
import io.pageproxy.async.Reactions;
import io.pageproxy.dest.migrate.MigrationRules;
import io.pageproxy.dest.migrate.MigrationServices;
import io.pageproxy.dest.policy.SessionGrant;
import io.pageproxy.dest.session.ConnectionHandler;
import io.pageproxy.dest.session.IncomingConnection;
import io.pageproxy.dest.session.ServedSession;
import io.pageproxy.frame.Frame;
import io.pageproxy.frame.Frame.Attach;
import io.pageproxy.frame.Frame.Foresee;
import io.pageproxy.frame.Frame.Foreseen;
import io.pageproxy.frame.Remark;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.SessionException;
import io.pageproxy.session.SessionName;
import io.pageproxy.session.Side;
import io.pageproxy.tunnel.Tunnel;
import io.pageproxy.tunnel.TunnelHandler;
import io.pageproxy.tunnel.TunnelListener;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers whether a migration would succeed. What the policy refuses is refused as if the migration
 * itself had been asked for; only a peer that may migrate is told more. One question is answered at
 * a time, since a program is run for it.
 */
public final class ForeseeHandler implements ConnectionHandler<Foresee> {
    private static final Logger LOG = LoggerFactory.getLogger(ForeseeHandler.class);

    private final MigrationServices services;
    private final Foresight foresight;
    private final Semaphore free = new Semaphore(1);

    /**
     * @param services what the migrations share
     * @param pageServer version of the page servers
     */
    public ForeseeHandler(MigrationServices services, String pageServer) {
        this.services = services;
        this.foresight =
                new Foresight(
                        services.config(),
                        services.restores(),
                        pageServer,
                        services.sync().roots());
    }

    @Override
    public Optional<ServedSession> take(IncomingConnection connection, Foresee question) {
        Attach attach = question.attach();
        SessionGrant grant =
                services.policy().attach(connection.peer(), attach.session().map(SessionName::new));
        try {
            MigrationRules.require(attach, grant, services.restores());
        } finally {
            grant.giveBack(); // Nothing is counted for a question.
        }
        Optional<String> mismatch = services.config().host().mismatchWith(question.host());
        if (mismatch.isPresent()) {
            throw new SessionException(CloseReason.INCOMPATIBLE_HOSTS, mismatch.get());
        }
        if (!free.tryAcquire()) {
            throw new SessionException(
                    CloseReason.LIMIT_EXCEEDED,
                    "the destination answers another dry run: try again in some seconds");
        }
        LOG.info(
                "dry run peer={} session={}",
                connection.peer().name(),
                attach.session().orElse("-"));
        answer(connection, question, grant);
        return Optional.empty();
    }

    private void answer(IncomingConnection connection, Foresee question, SessionGrant grant) {
        Tunnel tunnel = connection.tunnel();
        tunnel.setPeerTimeoutMillis(question.attach().peerTimeoutMillis());
        TunnelHandler.setListener(tunnel, new Silent(tunnel));
        Reactions.when(
                CompletableFuture.supplyAsync(() -> findings(question, grant), services.workers()),
                connection.loop(),
                remarks ->
                        tunnel.send(new Foreseen(remarks)).addListener(ChannelFutureListener.CLOSE),
                failure -> refuse(tunnel, failure));
    }

    private List<Remark> findings(Foresee question, SessionGrant grant) {
        try {
            return foresight.of(question, grant);
        } finally {
            free.release();
        }
    }

    private static void refuse(Tunnel tunnel, Throwable failure) {
        LOG.error("internal error, please report it", failure);
        tunnel.abort(
                Outcome.failed(
                        Side.DESTINATION,
                        CloseReason.LOCAL_FAILURE,
                        "the destination could not check it: see its log"));
    }

    /**
     * A source that only waits for the answer.
     *
     * @param tunnel its connection
     */
    private record Silent(Tunnel tunnel) implements TunnelListener {
        @Override
        public void onFrame(Frame frame) {
            throw frame.unexpectedFrom(Side.SOURCE, "behind Foresee");
        }

        @Override
        public void onTunnelFailure(CloseReason reason, String message) {
            tunnel.close();
        }
    }
}
