package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A process ends in the middle of the stream by various signals: the dumper fails, the process
 * survives, and each remaining side reports what happened. The page server is stopped when the
 * first pages have arrived, which holds the stream at that point.
 */
class MidStreamIT {
    private static final Criu CRIU = Criu.BYTES_32;
    private static final int MEGABYTES = 128;
    private static final int FAILED_HERE = 1;
    private static final int PAGE_SERVER = 5;
    private static final int PEER_LOST = 6;

    @RegisterExtension final Lab lab = new Lab();

    private Workload workload;
    private Command dest;
    private Command source;
    private Command dumper;
    private long pageServer;

    @BeforeEach
    void stopInMidStream() {
        workload = lab.memory("work", MEGABYTES);
        dest = lab.dest(CRIU, "--once", "--drain-timeout", "1s");
        source = lab.listeningSource(dest, "--once", "--session", "web", "--drain-timeout", "1s");
        pageServer = dest.children().get(0).pid();
        Path dump = lab.folder("dump");
        dumper = lab.start("dump", CRIU.dumpTo(Lab.address(source), workload, dump));
        Images.awaitPages(lab.images().resolve("web"), 1);
        Processes.signal("STOP", pageServer);
    }

    @Test
    void pageServerIsKilled() {
        Processes.signal("KILL", pageServer);
        assertDumpFailed();
        assertThat(source.awaitExit()).as(source::toString).isEqualTo(PAGE_SERVER);
        assertThat(dest.awaitExit()).as(dest::toString).isEqualTo(PAGE_SERVER);
        assertThat(source.stderr()).contains("killed by SIGKILL").contains("at the destination");
        assertThat(dest.stderr()).contains("killed by SIGKILL").contains("at the destination");
    }

    @Test
    void destinationIsKilled() {
        dest.kill();
        Processes.signal("CONT", pageServer);
        assertDumpFailed();
        assertThat(source.awaitExit()).as(source::toString).isEqualTo(PEER_LOST);
        assertThat(source.stderr()).contains("reason=peer_lost");
    }

    @Test
    void sourceIsKilled() {
        source.kill();
        Processes.signal("CONT", pageServer); // At once: after a while the destination kills it.
        assertDumpFailed();
        assertThat(dest.awaitExit()).as(dest::toString).isEqualTo(PEER_LOST);
        assertThat(dest.stderr()).contains("reason=peer_lost");
    }

    @Test
    void dumperIsKilled() {
        dumper.kill();
        dumper.awaitExit();
        Processes.signal("CONT", pageServer);
        assertThat(source.awaitExit()).as(source::toString).isEqualTo(4);
        assertThat(dest.awaitExit()).as(dest::toString).isEqualTo(4);
        Images.assertMarkedOrGone(lab.images().resolve("web"));
    }

    /** The stream cannot continue, so --drain-timeout expires first. */
    @Test
    void destinationIsStopped() {
        dest.terminate();
        assertDumpFailed();
        assertThat(source.awaitExit()).as(source::toString).isEqualTo(FAILED_HERE);
        assertThat(dest.awaitExit()).as(dest::toString).isEqualTo(FAILED_HERE);
        assertThat(source.stderr()).contains("--drain-timeout").contains("at the destination");
        assertThat(dest.stderr()).contains("--drain-timeout");
    }

    /**
     * Its reason is queued behind pages that the destination does not read, so the destination sees
     * only the end.
     */
    @Test
    void sourceIsStopped() {
        source.terminate();
        assertDumpFailed();
        assertThat(source.awaitExit()).as(source::toString).isEqualTo(FAILED_HERE);
        assertThat(source.stderr()).contains("--drain-timeout");
        assertThat(dest.awaitExit()).as(dest::toString).isIn(FAILED_HERE, PEER_LOST);
    }

    private void assertDumpFailed() {
        assertThat(dumper.awaitExit()).as(dumper::toString).isNotZero();
        workload.assertUntouched();
        Images.assertMarkedOrGone(lab.images().resolve("web"));
    }
}
