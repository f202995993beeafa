package io.pageproxy.dest.migrate;

import io.pageproxy.dest.policy.SessionPolicy;
import io.pageproxy.dest.restore.Restores;
import io.pageproxy.dest.session.DestConfig;
import io.pageproxy.dest.sync.SyncServices;
import io.pageproxy.hook.Hooks;
import java.util.concurrent.Executor;

/**
 * What all migrations of a destination share; thread-safe.
 *
 * @param config the destination's configuration
 * @param policy what a peer may do beyond the configuration
 * @param restores restores trees, if that is allowed
 * @param hooks the operator's, for migrations with a restore
 * @param registry the migrations under way and those that may still be asked for their outcome
 * @param workers threads for blocking work
 * @param sync copies files
 */
public record MigrationServices(
        DestConfig config,
        SessionPolicy policy,
        Restores restores,
        Hooks hooks,
        MigrationRegistry registry,
        Executor workers,
        SyncServices sync) {
    /** Services of a destination that takes no files. */
    public MigrationServices(
            DestConfig config,
            SessionPolicy policy,
            Restores restores,
            Hooks hooks,
            MigrationRegistry registry,
            Executor workers) {
        this(config, policy, restores, hooks, registry, workers, SyncServices.NONE);
    }
}
