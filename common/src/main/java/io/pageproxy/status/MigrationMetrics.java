package io.pageproxy.status;

import io.pageproxy.session.CloseReason;
import io.pageproxy.session.MigrationResult;
import io.pageproxy.session.SessionReport;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** Counts migrations: to this destination, with its restores, or from this source. Thread-safe. */
final class MigrationMetrics {
    private static final String MIGRATIONS = "pageproxy_migrations_total";
    private static final String PAUSES = "pageproxy_migration_downtime_seconds";
    private static final String RESTORES = "pageproxy_restores_total";

    private final Map<CloseReason, LongAdder> migrations;
    private final LongAdder restored = new LongAdder();
    private final LongAdder notRestored = new LongAdder();
    private final DurationHistogram restores = new DurationHistogram();
    private final DurationHistogram pauses = new DurationHistogram();

    /**
     * @param migrations a counter for each reason
     */
    MigrationMetrics(Map<CloseReason, LongAdder> migrations) {
        this.migrations = migrations;
    }

    /** Counts a session that is over, if it is a migration. */
    void ended(SessionReport report) {
        report.migration().ifPresent(result -> ended(report.outcome().reason(), result));
    }

    private void ended(CloseReason reason, MigrationResult result) {
        migrations.get(reason).increment();
        if (reason == CloseReason.RESTORE_FAILED) {
            notRestored.increment();
        } else if (result.tasks() > 0) {
            restored.increment();
        }
        if (result.restoreSeconds() > 0) {
            restores.add(result.restoreSeconds());
        }
        result.pause().ifPresent(pause -> pauses.add(pause.seconds()));
    }

    /** Counts a migration from here. */
    void endedHere(CloseReason reason, double downSeconds) {
        migrations.get(reason).increment();
        if (downSeconds > 0) {
            pauses.add(downSeconds);
        }
    }

    void writeOfSource(Exposition page) {
        writeMigrations(page, "Migrations from here that are over, by reason.");
        pauses.write(
                page,
                PAUSES,
                "From the start of criu dump to the moment when the tree runs there, at most.");
    }

    private void writeMigrations(Exposition page, String help) {
        page.family(MIGRATIONS, "counter", help);
        migrations.forEach(
                (reason, count) -> page.sample(MIGRATIONS, count.sum(), "reason", reason.label()));
    }

    void write(Exposition page) {
        writeMigrations(page, "Migrations to here that are over, by reason.");
        page.family(RESTORES, "counter", "Restores of migrated trees, by result.");
        page.sample(RESTORES, restored.sum(), "result", "ok");
        page.sample(RESTORES, notRestored.sum(), "result", "failed");
        restores.write(
                page,
                "pageproxy_restore_duration_seconds",
                "From the last image to the restored tree, which then waits for the commit.");
        pauses.write(
                page,
                PAUSES,
                "From the first page or image of a frozen tree to the moment when it runs here.");
    }
}
