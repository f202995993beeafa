package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A slow page server slows the dumper down, and no buffer grows without limit. */
class SlowPageServerIT {
    private static final Criu CRIU = Criu.BYTES_32;
    private static final int MEGABYTES = 500;
    private static final long MAX_RESIDENT_BYTES = 256L << 20;
    private static final long MAX_GROWTH_BYTES = 16L << 20;

    /** The deduplication window of a source, which fills while the sockets do. */
    private static final long PAGE_WINDOW_BYTES = 96L << 20;

    private static final Duration STANDSTILL = Duration.ofSeconds(5);

    @RegisterExtension final Lab lab = new Lab();

    @Test
    void standstillLongerThanPeerTimeoutKeepsMemoryAndSession() {
        Workload workload = lab.memory("work", MEGABYTES);
        Path dump = lab.folder("dump");
        Path images = lab.images().resolve("web");
        Command dest = lab.dest(CRIU, "--once", "--peer-timeout", "2s");
        Command source =
                lab.listeningSource(dest, "--once", "--session", "web", "--peer-timeout", "2s");
        long pageServer = dest.children().get(0).pid();
        Command dumper = lab.start("dump", CRIU.dumpTo(Lab.address(source), workload, dump));

        Images.awaitPages(images, 1);
        Processes.signal("STOP", pageServer);
        long arrived = Images.pagesBytes(images);
        long destBytes = Processes.residentBytes(dest.pid());
        long sourceBytes = Processes.residentBytes(source.pid());
        await().during(STANDSTILL)
                .atMost(STANDSTILL.multipliedBy(2))
                .untilAsserted(
                        () -> {
                            assertFlat("dest", dest, destBytes);
                            assertFlat("source", source, sourceBytes + PAGE_WINDOW_BYTES);
                            assertThat(dumper.isAlive()).isTrue();
                        });
        assertThat(Images.pagesBytes(images)).isEqualTo(arrived).isLessThan(MEGABYTES << 20);

        Processes.signal("CONT", pageServer);
        assertThat(dumper.awaitExit()).as(dumper::toString).isZero();
        assertThat(source.awaitExit()).as(source::toString).isZero();
        assertThat(dest.awaitExit()).as(dest::toString).isZero();
        lab.restoreAndCheck(CRIU, workload, dump, "web");
    }

    private static void assertFlat(String side, Command proxy, long beforeBytes) {
        assertThat(Processes.residentBytes(proxy.pid()))
                .as("resident bytes of %s", side)
                .isLessThan(MAX_RESIDENT_BYTES)
                .isLessThan(beforeBytes + MAX_GROWTH_BYTES);
    }
}
