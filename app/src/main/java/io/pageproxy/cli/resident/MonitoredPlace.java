package io.pageproxy.cli.resident;

import io.pageproxy.cli.task.DumpFolder;
import io.pageproxy.cli.task.DumpPlace;
import io.pageproxy.source.migrate.dump.MigrationPlan;
import io.pageproxy.source.migrate.dump.MovedTree;
import io.pageproxy.source.monitor.JobLink;
import io.pageproxy.source.monitor.MonitoredTree;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Trees that the monitor dumps, into folders that only it reaches.
 *
 * @param link of the job
 */
record MonitoredPlace(JobLink link) implements DumpPlace {
    /** Only for messages. */
    private static final Path OF_MONITOR = Path.of("/monitor");

    @Override
    public DumpFolder folder(Optional<Path> wanted) {
        return new DumpFolder(wanted.orElse(OF_MONITOR), false);
    }

    /** The monitor does. */
    @Override
    public void requireLazyDumps() {}

    @Override
    public MovedTree tree(MigrationPlan plan) {
        return new MonitoredTree(link, plan);
    }
}
