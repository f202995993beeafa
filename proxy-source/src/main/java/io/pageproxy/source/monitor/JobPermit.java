package io.pageproxy.source.monitor;

import io.pageproxy.process.ChildLauncher;
import io.pageproxy.source.migrate.dump.MigrationPlan;
import java.util.List;
import java.util.Optional;

/**
 * What the network process may have done for a job, as whoever gave the job has said.
 *
 * @param migration of a job that moves a tree
 * @param dumper the command that the job itself has named; empty if none
 * @param launcher starts what is permitted
 */
public record JobPermit(
        Optional<Migration> migration, List<String> dumper, ChildLauncher launcher) {

    /**
     * A migration.
     *
     * @param plan the tree, how it is dumped, and where to
     * @param lazy whether the tree runs before its memory is there
     */
    public record Migration(MigrationPlan plan, boolean lazy) {}

    /** Copies the command. */
    public JobPermit {
        dumper = List.copyOf(dumper);
    }
}
