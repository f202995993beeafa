package io.pageproxy.dest;

import io.pageproxy.dest.ingress.Handshakes;
import io.pageproxy.dest.lazy.LazyDaemons;
import io.pageproxy.dest.migrate.MigrationRegistry;
import io.pageproxy.dest.migrate.MigrationServices;
import io.pageproxy.dest.pageserver.PageServers;
import io.pageproxy.dest.policy.SessionPolicy;
import io.pageproxy.dest.references.WrittenChains;
import io.pageproxy.dest.restore.Restores;
import io.pageproxy.dest.session.DestConfig;
import io.pageproxy.dest.session.DestLimits;
import io.pageproxy.dest.session.SessionSlots;
import java.util.Optional;
import java.util.concurrent.Executor;

/**
 * What all sessions of a destination have in common; all of it safe for all threads.
 *
 * @param config how it shall run
 * @param pageServers starts page servers
 * @param policy what a session may do beyond what the configuration says
 * @param handshakes the connections whose peer is not known yet
 * @param pending the connections of known peers that belong to no session
 * @param slots how many sessions may be under way
 * @param registry the sessions that await lanes
 * @param chains the sessions that others may build on
 * @param lazy starts the daemons of lazy sessions; empty: there are none
 * @param restores brings trees to life, where that is allowed
 * @param migrations the migrations under way
 * @param workers threads for what blocks
 */
record DestServices(
        DestConfig config,
        PageServers pageServers,
        SessionPolicy policy,
        Handshakes handshakes,
        PendingConnections pending,
        SessionSlots slots,
        LaneRegistry registry,
        WrittenChains chains,
        Optional<LazyDaemons> lazy,
        Restores restores,
        MigrationRegistry migrations,
        Executor workers) {

    /** Those of them that migrations need. */
    MigrationServices forMigrations() {
        return new MigrationServices(config, policy, restores, migrations, workers);
    }

    /** Those of a destination that has had no session yet. */
    static DestServices of(
            DestConfig config,
            PageServers pageServers,
            SessionPolicy policy,
            Optional<LazyDaemons> lazy,
            Restores restores,
            Executor workers) {
        DestLimits limits = config.limits();
        return new DestServices(
                config,
                pageServers,
                policy,
                new Handshakes(limits.handshakes(), limits.handshakesPerAddress()),
                new PendingConnections(),
                new SessionSlots(limits.sessions()),
                new LaneRegistry(),
                new WrittenChains(),
                lazy,
                restores,
                new MigrationRegistry(limits.sessions(), limits.migrationsPerPeer()),
                workers);
    }
}
