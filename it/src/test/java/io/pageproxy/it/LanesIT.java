package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sessions over several connections: complete if all of them hold, failed if one does not. */
class LanesIT {
    private static final Criu CRIU = Criu.BYTES_32;
    private static final int MEGABYTES = 200;
    private static final int UNREACHABLE = 6;
    private static final int PEER_LOST = 6;

    @RegisterExtension final Lab lab = new Lab();

    @Test
    void processMigratesOverThreeLanes() {
        Workload workload = lab.memory("work", MEGABYTES);
        Path dump = lab.folder("dump");
        Command dest = lab.dest(CRIU, "--once");
        Forwarder between = lab.keep(Forwarder.to(Lab.address(dest), 9));
        Command source =
                lab.sourceTo(
                        between.address(),
                        CRIU,
                        workload,
                        dump,
                        "--session",
                        "web",
                        "--lanes",
                        "3");

        assertThat(source.awaitExit()).as(source::toString).isZero();
        assertThat(dest.awaitExit()).as(dest::toString).isZero();
        assertThat(between.count()).as("connections").isEqualTo(3);
        assertThat(source.stderr()).contains("session done").contains("lanes=3");
        assertThat(dest.stderr()).contains("session done").contains("lanes=3");
        lab.restoreAndCheck(CRIU, workload, dump, "web");
    }

    @Test
    void destinationLimitsLanes() {
        Workload workload = lab.memory("work", 8);
        Path dump = lab.folder("dump");
        Command dest = lab.dest(CRIU, "--once", "--max-lanes", "2");
        Command source =
                lab.sourceDumping(dest, CRIU, workload, dump, "--session", "web", "--lanes", "16");
        assertThat(source.awaitExit()).as(source::toString).isZero();
        assertThat(dest.awaitExit()).as(dest::toString).isZero();
        assertThat(source.stderr()).contains("lanes=2");
        lab.restoreAndCheck(CRIU, workload, dump, "web");
    }

    /** Cuts each of the lanes, including the session's own connection. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void cutLaneFailsDumpAndProcessSurvives(int lane) {
        Workload workload = lab.memory("work", MEGABYTES);
        Command dest = lab.dest(CRIU, "--once");
        Forwarder between = lab.keep(Forwarder.to(Lab.address(dest), 3));
        Command source =
                lab.listeningSourceTo(
                        between.address(), "--once", "--session", "web", "--lanes", "3");
        long pageServer = dest.children().get(0).pid();
        Command dumper =
                lab.start("dump", CRIU.dumpTo(Lab.address(source), workload, lab.folder("dump")));
        Images.awaitPages(lab.images().resolve("web"), 1);
        Processes.signal("STOP", pageServer);
        between.cut(lane);
        Processes.signal("CONT", pageServer);

        assertThat(dumper.awaitExit()).as(dumper::toString).isNotZero();
        assertThat(source.awaitExit()).as(source::toString).isEqualTo(PEER_LOST);
        assertThat(dest.awaitExit()).as(dest::toString).isEqualTo(PEER_LOST);
        workload.assertUntouched();
        Images.assertMarkedOrGone(lab.images().resolve("web"));
    }

    /** The session fails before anything is frozen; the dumper is not even started. */
    @Test
    void unconnectableLaneFailsSessionBeforeFreeze() {
        Workload workload = lab.memory("work", 8);
        Path dump = lab.folder("dump");
        Command dest = lab.dest(CRIU, "--once");
        Forwarder between = lab.keep(Forwarder.to(Lab.address(dest), 1));
        Command source = lab.sourceTo(between.address(), CRIU, workload, dump, "--lanes", "2");
        assertThat(source.awaitExit()).as(source::toString).isEqualTo(UNREACHABLE);
        assertThat(source.stderr()).contains("lane 1 of 2", "Connection refused", "--lanes 1");
        assertThat(dest.awaitExit()).as(dest::toString).isNotZero();
        assertThat(dump).isEmptyDirectory();
        workload.assertUntouched();
    }
}
