package io.pageproxy.status;

import static org.assertj.core.api.Assertions.assertThat;

import io.pageproxy.pagestream.StreamTotals;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.MigrationResult;
import io.pageproxy.session.MigrationResult.Pause;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.Reports;
import io.pageproxy.session.Side;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class MigrationMetricsTest {
    private final OutcomeCounters counters = new OutcomeCounters(Side.DESTINATION);

    private Map<String, Double> metrics() {
        Exposition page = new Exposition();
        counters.write(page);
        return ExpositionReader.read(page.toString());
    }

    private static String migrations(String reason) {
        return "pageproxy_migrations_total{reason=\"" + reason + "\"}";
    }

    private static String restores(String result) {
        return "pageproxy_restores_total{result=\"" + result + "\"}";
    }

    private void ended(CloseReason reason, MigrationResult result) {
        counters.sessionEnded(
                Reports.failed(
                                Outcome.failed(Side.DESTINATION, reason, "so it is"),
                                StreamTotals.NONE)
                        .ofMigration(result));
    }

    @Test
    void migrationCountsWithItsRestoreAndDowntime() {
        Pause pause = new Pause(Instant.EPOCH, Instant.EPOCH.plusMillis(3500));
        ended(
                CloseReason.COMPLETED,
                new MigrationResult(OptionalLong.of(7), 3, 0.25, Optional.of(pause)));
        assertThat(metrics())
                .containsEntry(migrations("completed"), 1.0)
                .containsEntry(restores("ok"), 1.0)
                .containsEntry(restores("failed"), 0.0)
                .containsEntry("pageproxy_restore_duration_seconds_sum", 0.25)
                .containsEntry("pageproxy_restore_duration_seconds_count", 1.0)
                .containsEntry("pageproxy_migration_downtime_seconds_bucket{le=\"2.5\"}", 0.0)
                .containsEntry("pageproxy_migration_downtime_seconds_bucket{le=\"5\"}", 1.0)
                .containsEntry("pageproxy_migration_downtime_seconds_sum", 3.5);
    }

    @Test
    void failedRestoreHasNoDuration() {
        ended(CloseReason.RESTORE_FAILED, new MigrationResult(OptionalLong.empty(), 0, 0));
        assertThat(metrics())
                .containsEntry(migrations("restore_failed"), 1.0)
                .containsEntry(restores("ok"), 0.0)
                .containsEntry(restores("failed"), 1.0)
                .containsEntry("pageproxy_restore_duration_seconds_count", 0.0)
                .containsEntry("pageproxy_migration_downtime_seconds_count", 0.0);
    }

    @Test
    void restoreOfMigrationThatFailsLaterWasGood() {
        ended(CloseReason.PEER_LOST, new MigrationResult(OptionalLong.empty(), 3, 0.25));
        assertThat(metrics())
                .containsEntry(migrations("peer_lost"), 1.0)
                .containsEntry(restores("ok"), 1.0)
                .containsEntry("pageproxy_restore_duration_seconds_count", 1.0)
                .containsEntry("pageproxy_migration_downtime_seconds_count", 0.0);
    }

    @Test
    void migrationWithoutRestoreAndPlainSessionHaveNone() {
        ended(CloseReason.COMPLETED, new MigrationResult(OptionalLong.empty(), 0, 0));
        counters.sessionEnded(Reports.good());
        assertThat(metrics())
                .containsEntry(migrations("completed"), 1.0)
                .containsEntry(restores("ok"), 0.0)
                .containsEntry(restores("failed"), 0.0);
    }

    @Test
    void sourceCountsItsMigrationsAndTheirDowntimeButNoRestores() {
        OutcomeCounters ofSource = new OutcomeCounters(Side.SOURCE);
        ofSource.migrationEnded(CloseReason.COMPLETED, 0.5);
        ofSource.migrationEnded(CloseReason.PEER_LOST, 0);

        Exposition page = new Exposition();
        ofSource.write(page);

        assertThat(ExpositionReader.read(page.toString()))
                .containsEntry(migrations("completed"), 1.0)
                .containsEntry(migrations("peer_lost"), 1.0)
                .containsEntry("pageproxy_migration_downtime_seconds_count", 1.0)
                .containsEntry("pageproxy_migration_downtime_seconds_sum", 0.5);
        assertThat(page.toString()).doesNotContain("restore_duration", "pageproxy_restores");
    }
}
