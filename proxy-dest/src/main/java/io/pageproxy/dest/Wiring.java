package io.pageproxy.dest;

import io.pageproxy.dest.accept.AcceptServices;
import io.pageproxy.dest.accept.HandshakeLimiter;
import io.pageproxy.dest.accept.PendingConnections;
import io.pageproxy.dest.accept.Routes;
import io.pageproxy.dest.foresight.ForeseeHandler;
import io.pageproxy.dest.lanes.LaneRegistry;
import io.pageproxy.dest.lazy.LazyDaemons;
import io.pageproxy.dest.lazy.LazyServices;
import io.pageproxy.dest.lazy.LazySessions;
import io.pageproxy.dest.lazy.LazyTarget;
import io.pageproxy.dest.migrate.AttachHandler;
import io.pageproxy.dest.migrate.MigrationRegistry;
import io.pageproxy.dest.migrate.MigrationServices;
import io.pageproxy.dest.migrate.RecommitHandler;
import io.pageproxy.dest.pageserver.PageServers;
import io.pageproxy.dest.push.PushServices;
import io.pageproxy.dest.push.PushSessions;
import io.pageproxy.dest.references.WrittenChains;
import io.pageproxy.dest.session.Admissions;
import io.pageproxy.dest.session.DestConfig;
import io.pageproxy.dest.session.DestLimits;
import io.pageproxy.dest.session.SessionSlots;
import io.pageproxy.dest.sync.SyncHandler;
import io.pageproxy.frame.Frame.Probed;
import java.util.Optional;

/** Connects the router of new connections to the kinds of sessions. */
final class Wiring {
    private Wiring() {}

    /**
     * What the routers of a destination share.
     *
     * @param pageServers starts page servers
     * @param lazy starts the daemons of lazy sessions; empty if lazy sessions are disabled
     * @param migrations what its migrations share
     */
    static AcceptServices of(
            PageServers pageServers, Optional<LazyDaemons> lazy, MigrationServices migrations) {
        DestConfig config = migrations.config();
        DestLimits limits = config.limits();
        MigrationRegistry registry = migrations.registry();
        LaneRegistry lanes = new LaneRegistry();
        Admissions admissions =
                new Admissions(
                        config.host(), migrations.policy(), new SessionSlots(limits.sessions()));
        PushServices push =
                new PushServices(
                        config,
                        admissions,
                        migrations.policy(),
                        pageServers,
                        lanes,
                        new WrittenChains(),
                        registry,
                        migrations.workers());
        LazyServices lazySessions =
                new LazyServices(
                        config,
                        admissions,
                        lazy,
                        (session, peer) ->
                                registry.lazyRestore(session, peer)
                                        .map(tree -> new LazyTarget(tree.daemons(), tree)),
                        migrations.workers());
        return new AcceptServices(
                config.timeouts().handshake(),
                new Probed(
                        config.agent(), pageServers.version(), pageServers.layout(), config.host()),
                new HandshakeLimiter(limits.handshakes(), limits.handshakesPerAddress()),
                new PendingConnections(),
                new Routes(
                        new PushSessions(push),
                        new LazySessions(lazySessions),
                        lanes,
                        new AttachHandler(migrations),
                        new RecommitHandler(registry),
                        new ForeseeHandler(migrations, pageServers.version()),
                        new SyncHandler(
                                registry::syncedFolders,
                                migrations.sync().launcher(),
                                migrations.workers())),
                registry::anyOpen);
    }
}
