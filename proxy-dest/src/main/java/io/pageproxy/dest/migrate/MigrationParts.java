package io.pageproxy.dest.migrate;

import io.netty.channel.EventLoop;
import io.pageproxy.async.Reactions;
import io.pageproxy.dest.files.IncomingFiles;
import io.pageproxy.dest.policy.SessionGrant;
import io.pageproxy.dest.restore.Restores;
import io.pageproxy.dest.session.IncomingConnection;
import io.pageproxy.dest.session.SerialWork;
import io.pageproxy.dest.session.SessionFacts;
import io.pageproxy.dest.session.SessionQuota;
import io.pageproxy.dest.sync.SyncedFolders;
import io.pageproxy.frame.Frame.Attach;
import io.pageproxy.hook.HookFacts;
import io.pageproxy.session.CommitTimeouts;
import io.pageproxy.session.SessionException;
import io.pageproxy.session.Side;
import io.pageproxy.tunnel.Tunnel;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * What a {@link MigrationSession} consists of, and shares with its {@link CommitStrategy}.
 *
 * @param services common to all migrations
 * @param attach what the source asked for
 * @param grant what the source may do
 * @param tunnel the session's connection
 * @param facts what is known for the session's report
 * @param loop the connection's event loop
 * @param ownedLoop the same; passes exceptions of its tasks to the session
 * @param work runs blocking work in order
 * @param files the images that arrive on the connection
 * @param restores what restores the tree
 * @param restore the tree
 * @param hooks of the operator
 * @param syncPermit which files may come
 * @param synced the folders of files that come
 * @param failures explains failures to the operator
 */
record MigrationParts(
        MigrationServices services,
        Attach attach,
        SessionGrant grant,
        Tunnel tunnel,
        SessionFacts facts,
        EventLoop loop,
        Executor ownedLoop,
        SerialWork work,
        IncomingFiles files,
        Restores restores,
        PausedRestore restore,
        MigrationHooks hooks,
        SyncPermit syncPermit,
        SyncedFolders synced,
        MigrationFailures failures) {

    /**
     * The parts of a session that has not begun.
     *
     * @throws SessionException if what is to be restored is not restored here
     * @param onFault told of unexpected exceptions
     * @param onWorkFailed told of blocking work that failed
     */
    static MigrationParts of(
            MigrationServices services,
            IncomingConnection connection,
            Attach attach,
            SessionGrant grant,
            Consumer<Throwable> onFault,
            Consumer<Throwable> onWorkFailed) {
        Tunnel tunnel = connection.tunnel();
        Executor ownedLoop = Reactions.owned(connection.loop(), onFault);
        SerialWork work = new SerialWork(services.workers(), ownedLoop, onWorkFailed);
        SessionQuota quota = new SessionQuota(services.config().limits(), grant);
        IncomingFiles files = new IncomingFiles(tunnel, work, quota);
        Restores restores = restores(services, attach);
        SyncPermit permit =
                new SyncPermit(
                        attach,
                        grant,
                        services.sync().roots(),
                        restores,
                        bytes ->
                                connection.loop().execute(() -> count(quota, bytes, onWorkFailed)));
        PausedRestore restore =
                new PausedRestore(restores, grant.restoreUser(), ownedLoop, work, onFault);
        return new MigrationParts(
                services,
                attach,
                grant,
                tunnel,
                connection.facts(),
                connection.loop(),
                ownedLoop,
                work,
                files,
                restores,
                restore,
                new MigrationHooks(services.hooks(), facts(connection, attach), work),
                permit,
                new SyncedFolders(permit, services.sync().paths()),
                new MigrationFailures(files, restore, restores));
    }

    private static void count(SessionQuota quota, int bytes, Consumer<Throwable> onWorkFailed) {
        try {
            quota.count(bytes);
        } catch (SessionException e) {
            onWorkFailed.accept(e);
        }
    }

    private static Restores restores(MigrationServices services, Attach attach) {
        return attach.restore() && attach.container().isPresent()
                ? services.restores().container(attach.container().get())
                : services.restores();
    }

    private static HookFacts facts(IncomingConnection connection, Attach attach) {
        return new HookFacts(
                Side.DESTINATION,
                attach.migration(),
                attach.session(),
                attach.container(),
                connection.peer().name(),
                OptionalLong.empty(),
                Optional.empty());
    }

    /** How long a source that has not heard of the outcome asks for it. */
    Duration recommitTimeout() {
        return CommitTimeouts.recommit(Duration.ofMillis(attach.peerTimeoutMillis()));
    }

    /** How long a copy is kept that may be the only one. */
    Duration undecidedTimeout() {
        return CommitTimeouts.undecidedCopy(Duration.ofMillis(attach.peerTimeoutMillis()));
    }
}
