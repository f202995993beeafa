package io.pageproxy.cli.task;

import io.pageproxy.cli.progress.TreeMemory;
import io.pageproxy.hook.HookPlan;
import io.pageproxy.hook.Hooks;
import io.pageproxy.source.DestinationWait;
import io.pageproxy.source.SourceConfig;
import io.pageproxy.source.SourceRuntime;
import io.pageproxy.source.SourceServices;
import io.pageproxy.source.migrate.Migration;
import io.pageproxy.source.migrate.MigrationReport;
import io.pageproxy.source.migrate.dump.MigrationPlan;
import io.pageproxy.source.migrate.dump.MovedTree;
import io.pageproxy.source.migrate.sync.SyncPlan;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;

/** One migration. */
public final class MigrateTask implements SourceTask {
    private final Settings settings;
    private final EarlyStop stop = new EarlyStop();

    /**
     * What a migration needs to know.
     *
     * @param pid root of the tree
     * @param plan by the folder of the dump
     * @param imagesDir where the dump's images stay; empty: in a temporary folder
     * @param lazy whether the tree runs before its memory is there
     * @param config the source's
     * @param destination where the tree goes
     * @param patience how long a destination is waited for that is not there
     * @param hooks of the operator
     * @param files that are copied
     * @param json where a report is appended
     */
    public record Settings(
            long pid,
            Function<Path, MigrationPlan> plan,
            Optional<Path> imagesDir,
            boolean lazy,
            SourceConfig config,
            TaskDestination destination,
            Duration patience,
            HookPlan hooks,
            SyncPlan files,
            Optional<Path> json) {}

    public MigrateTask(Settings settings) {
        this.settings = settings;
    }

    /** What it needs to know. */
    public Settings settings() {
        return settings;
    }

    @Override
    public SourceRuntime ownRuntime() {
        return SourceRuntime.of(settings.config());
    }

    @Override
    public void stop() {
        stop.stop();
    }

    /** Deletes the temporary folder before it returns, since no clean-up follows a signal. */
    @Override
    public int run(TaskContext context) throws Exception {
        try (TlsPool.Lease lease = context.tls().lease(settings.destination().key());
                DumpFolder folder = context.dumps().folder(settings.imagesDir())) {
            MigrationPlan plan = settings.plan().apply(folder.path());
            if (settings.lazy() || plan.rounds().mayTurnLazy()) {
                context.dumps().requireLazyDumps();
            }
            awaitDestination(context, lease);
            SourceServices services = context.services(settings.destination(), lease);
            try (MovedTree tree = context.dumps().tree(plan);
                    Migration migration = migration(plan, tree, services)) {
                stop.begins(migration::stop);
                MigrationReport result = runWithProgress(migration, context.output());
                context.status()
                        .migrationEnded(result.outcome().reason(), result.times().downtimeAtMost());
                return report(result, context.output());
            }
        }
    }

    private void awaitDestination(TaskContext context, TlsPool.Lease lease)
            throws InterruptedException {
        CountDownLatch stopping = new CountDownLatch(1);
        stop.begins(stopping::countDown);
        SourceConfig config = settings.config();
        new DestinationWait(
                        config.connect(),
                        settings.destination().tlsHandlers(lease),
                        context.runtime().fileLoop().next(),
                        config.timeouts().handshake(),
                        config.agent())
                .await(settings.patience(), stopping);
    }

    private Migration migration(MigrationPlan plan, MovedTree tree, SourceServices services)
            throws IOException {
        Hooks hooks = new Hooks(settings.hooks(), services.launcher(), System.getenv());
        return settings.lazy()
                ? Migration.lazy(plan, tree, settings.config(), services, hooks, settings.files())
                : Migration.push(plan, tree, settings.config(), services, hooks, settings.files());
    }

    private MigrationReport runWithProgress(Migration migration, TaskOutput output)
            throws IOException, InterruptedException {
        Runnable stopProgress =
                output.showProgress(migration::progress, () -> TreeMemory.bytes(settings.pid()));
        try {
            return migration.run();
        } finally {
            stopProgress.run();
        }
    }

    private int report(MigrationReport report, TaskOutput output) throws IOException {
        MigrationReporter.print(report, output.out(), output.err());
        output.report(MigrationReporter.json(report));
        if (settings.json().isPresent()) {
            MigrationReporter.append(report, settings.json().get());
        }
        return report.exitCode();
    }
}
