package io.pageproxy.source.migrate.dump;

import static org.assertj.core.api.Assertions.assertThat;

import io.pageproxy.criu.ActionScriptBarrier;
import io.pageproxy.criu.Task;
import io.pageproxy.runc.RuncCriu;
import io.pageproxy.runc.RuncProgram;
import io.pageproxy.source.dumper.DumpCommand;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Command lines of the dumps; RoundsIT runs real CRIU with them. */
class MigrationPlanTest {
    private static final List<String> GATE = List.of("--action-script", "/gate");

    private final MigrationPlan plan =
            new MigrationPlan(
                    "/opt/criu",
                    new Task(7, "1"),
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
    void connectionsAreBlockedAsWasChosen() {
        MigrationPlan moves =
                new MigrationPlan(
                        "criu",
                        new Task(7, "1"),
                        Path.of("/d"),
                        RoundsChoice.NONE,
                        true,
                        List.of(),
                        Optional.empty(),
                        Optional.of(LockMethod.IPTABLES));
        assertThat(String.join(" ", moves.dumper(0, GATE)))
                .endsWith("--action-script /gate --tcp-established --network-lock iptables");
        assertThat(moves.preDumper(1)).doesNotContain("--tcp-established");
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

    @Test
    void lazyDumpBuildsOnTheLastRound() {
        assertThat(String.join(" ", plan.lazyDumper(2, 20_000, GATE, Optional.empty()).words()))
                .isEqualTo(
                        "/opt/criu dump --tree 7 --images-dir /d --log-file dump.log --prev-images-dir round-2"
                                + " --action-script /gate --track-mem --lazy-pages --address 127.0.0.1"
                                + " --port 20000 --auto-dedup");
        assertThat(plan.lazyDumper(0, 20_000, GATE, Optional.empty()).words())
                .doesNotContain("--track-mem", "--prev-images-dir");
    }

    private static MigrationPlan ofContainer(RuncContainer container, Optional<LockMethod> lock) {
        return new MigrationPlan(
                "/bin/true",
                new Task(7, "1"),
                Path.of("/d"),
                RoundsChoice.AUTO,
                true,
                List.of("--file-locks"),
                Optional.of(container),
                lock);
    }

    @Test
    void containerIsCheckpointedByRuncWhoseCriuIsOurs() throws Exception {
        RuncContainer container =
                new RuncContainer(new RuncProgram("/sbin/runc", Optional.of(Path.of("/r"))), "web");
        MigrationPlan ofContainer = ofContainer(container, Optional.of(LockMethod.NFTABLES));
        try (ActionScriptBarrier barrier = ActionScriptBarrier.open("post-dump");
                RuncCriu criu = RuncCriu.of("/bin/true", barrier, RuncContainer.options())) {
            DumpCommand command = ofContainer.containerDumper(container, 0, criu);
            assertThat(String.join(" ", command.words()))
                    .isEqualTo(
                            "/sbin/runc --root /r --log /d/dump.log checkpoint --image-path /d --work-path /d"
                                    + " --page-server 127.0.0.1:1 --file-locks --tcp-established web");
            assertThat(command.pages()).isEqualTo(DumpCommand.Pages.PASSED_SOCKET);
            assertThat(command.tree()).hasValue(7);
            assertThat(command.hasParent()).isFalse();
            assertThat(String.join(" ", command.withSocket()))
                    .startsWith("/bin/sh -c exec \"$@\" 9<&3 3<&- sh /sbin/runc --root /r ");
            assertThat(Path.of(command.environment().get("CRIU_CONFIG_FILE")))
                    .content()
                    .contains("ps-socket 9");
            assertThat(ofContainer.containerDumper(container, 3, criu).words())
                    .containsSequence("--parent-path", "round-3", "--file-locks");
        }
    }

    @Test
    void roundsOfAContainerLeaveItsConnectionsAloneAndHaveTheOneBeforeAsParent() throws Exception {
        RuncContainer container =
                new RuncContainer(new RuncProgram("/sbin/runc", Optional.empty()), "web");
        MigrationPlan ofContainer = ofContainer(container, Optional.of(LockMethod.NFTABLES));
        try (RuncCriu criu = RuncCriu.withoutBarrier("/bin/true", RuncContainer.options())) {
            DumpCommand first = ofContainer.containerPreDumper(container, 1, criu);
            assertThat(String.join(" ", first.words()))
                    .isEqualTo(
                            "/sbin/runc --log /d/round-1/dump.log checkpoint --image-path /d/round-1"
                                    + " --work-path /d/round-1 --page-server 127.0.0.1:1 --pre-dump"
                                    + " --file-locks web");
            assertThat(first.pages()).isEqualTo(DumpCommand.Pages.PASSED_SOCKET);
            assertThat(Path.of(first.environment().get("CRIU_CONFIG_FILE")))
                    .hasContent("ps-socket 9");
            DumpCommand third = ofContainer.containerPreDumper(container, 3, criu);
            assertThat(third.words()).containsSequence("--pre-dump", "--parent-path", "../round-2");
            assertThat(third.hasParent()).isTrue();
        }
    }

    @Test
    void containerIsCheckpointedLazilyAtThePortOfTheLoopbackAddress() throws Exception {
        RuncContainer container =
                new RuncContainer(new RuncProgram("/sbin/runc", Optional.empty()), "web");
        MigrationPlan ofContainer = ofContainer(container, Optional.empty());
        try (ActionScriptBarrier barrier = ActionScriptBarrier.ofLazyDump();
                RuncCriu criu = RuncCriu.of("/bin/true", barrier, RuncContainer.lazyOptions())) {
            DumpCommand command = ofContainer.lazyDumper(2, 4242, List.of(), Optional.of(criu));
            assertThat(String.join(" ", command.words()))
                    .isEqualTo(
                            "/sbin/runc --log /d/dump.log checkpoint --image-path /d --work-path /d"
                                    + " --lazy-pages --page-server 127.0.0.1:4242 --parent-path round-2"
                                    + " --file-locks web");
            assertThat(command.withSocket()).isEqualTo(command.words());
            assertThat(Path.of(command.environment().get("CRIU_CONFIG_FILE")))
                    .content()
                    .contains("address 127.0.0.1")
                    .doesNotContain("ps-socket");
            assertThat(ofContainer.lazyDumper(0, 4242, List.of(), Optional.of(criu)).words())
                    .doesNotContain("--parent-path");
        }
    }
}
