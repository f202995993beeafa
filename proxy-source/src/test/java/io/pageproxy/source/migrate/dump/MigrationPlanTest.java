package io.pageproxy.source.migrate.dump;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Command lines of the dumps; RoundsIT runs real CRIU with them. */
class MigrationPlanTest {
    private static final List<String> GATE = List.of("--action-script", "/gate");

    private final MigrationPlan plan =
            new MigrationPlan(
                    "/opt/criu",
                    7,
                    Path.of("/d"),
                    RoundsChoice.AUTO,
                    true,
                    List.of("--auto-dedup"));

    @Test
    void dumpWithoutRoundsDoesNotTrackMemory() {
        assertThat(String.join(" ", plan.dumper(0, GATE)))
                .isEqualTo(
                        "/opt/criu dump --tree 7 --images-dir /d --log-file dump.log --action-script /gate"
                                + " --auto-dedup");
    }

    @Test
    void eachRoundButTheFirstHasTheOneBeforeAsParent() {
        assertThat(String.join(" ", plan.preDumper(1)))
                .isEqualTo(
                        "/opt/criu pre-dump --tree 7 --images-dir /d/round-1 --log-file dump.log --track-mem"
                                + " --auto-dedup");
        assertThat(String.join(" ", plan.preDumper(3)))
                .isEqualTo(
                        "/opt/criu pre-dump --tree 7 --images-dir /d/round-3 --log-file dump.log"
                                + " --prev-images-dir ../round-2 --track-mem --auto-dedup");
    }

    @Test
    void dumpBuildsOnTheLastRound() {
        assertThat(String.join(" ", plan.dumper(3, GATE)))
                .isEqualTo(
                        "/opt/criu dump --tree 7 --images-dir /d --log-file dump.log --prev-images-dir round-3"
                                + " --action-script /gate --track-mem --auto-dedup");
    }
}
