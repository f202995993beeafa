package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A flood of unauthenticated clients costs the destination almost nothing and does not keep out an
 * allowed one.
 */
class StrangersIT {
    private static final Criu CRIU = Criu.BYTES_32;
    private static final int STRANGERS = Integer.getInteger("it.strangers", 10_000);
    private static final int AT_A_TIME = 2_000;
    private static final long MAX_GROWTH_BYTES = 64L << 20;
    private static final int MORE_DESCRIPTORS = 8;

    /** Upper bound of log lines: some clients individually, the rest as counts. */
    private static final int MAX_LINES = 500;

    @RegisterExtension final Lab lab = new Lab();

    @Test
    void floodOfStrangersCostsLittleAndAllowedSessionSucceeds() throws Exception {
        CountedCriu criu = CountedCriu.of(CRIU, lab.folder("criu"));
        Command dest =
                lab.destIn(lab.images(), criu.program().toString(), "--handshake-timeout", "3s");
        assertCarries(lab.listeningSource(dest, "--once", "--session", "before"));
        Command waiting = lab.listeningSource(dest, "--once", "--session", "waiting");
        int descriptors = Processes.descriptors(dest.pid());
        long residentBytes = Processes.residentBytes(dest.pid());
        int started = criu.count();
        long logLines = lines(dest);

        try (Strangers strangers = new Strangers(Lab.address(dest), AT_A_TIME)) {
            await().atMost(Command.TIMEOUT).until(() -> strangers.count() > AT_A_TIME);
            assertCarries(waiting);
            assertCarries(lab.listeningSource(dest, "--once", "--session", "amid"));
            await().atMost(Command.TIMEOUT).until(() -> strangers.count() >= STRANGERS);
        }
        assertCarries(lab.listeningSource(dest, "--once", "--session", "after"));
        assertThat(criu.count() - started).as("page servers started").isEqualTo(2);
        assertThat(lab.images().toFile().list())
                .containsExactlyInAnyOrder("before", "waiting", "amid", "after");
        assertThat(Processes.mostResidentBytes(dest.pid()) - residentBytes)
                .as("growth of what is resident, at its most")
                .isLessThan(MAX_GROWTH_BYTES);
        assertThat(lines(dest) - logLines).as("lines of log").isLessThan(MAX_LINES);
        await().atMost(Command.TIMEOUT)
                .untilAsserted(
                        () ->
                                assertThat(Processes.descriptors(dest.pid()))
                                        .isLessThan(descriptors + MORE_DESCRIPTORS));
    }

    private static long lines(Command dest) {
        return dest.stderr().lines().count();
    }

    private static void assertCarries(Command source) throws IOException {
        try (ProtocolDumper dumper = new ProtocolDumper(CRIU, Lab.address(source))) {
            dumper.open(1);
            dumper.pages(1, 0x10000, 16, 'p');
            assertThat(dumper.finish()).as(source::toString).isTrue();
        }
        assertThat(source.awaitExit()).as(source::toString).isZero();
    }
}
