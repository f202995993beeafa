package io.pageproxy.posix;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class CapabilitiesTest {
    @Test
    void namesMatchSetpriv() {
        assertThat(new Capabilities(0)).hasToString("none");
        assertThat(new Capabilities(1L << 40 | 1 << 21 | 2))
                .hasToString("dac_override,sys_admin,checkpoint_restore");
        assertThat(new Capabilities(1L << 63)).hasToString("63");
    }

    @Test
    void longListIsNamedByWhatIsMissing() {
        Capabilities all = new Capabilities((1L << 41) - 1);

        assertThat(all).hasToString("all");
        assertThat(all.without(Capabilities.SYS_ADMIN, Capabilities.NET_BIND_SERVICE))
                .hasToString("all,-net_bind_service,-sys_admin");
    }

    @Test
    void withoutRemovesCapabilities() {
        Capabilities both = new Capabilities(1L << 40 | 1 << 10);

        assertThat(both.without(Capabilities.NET_BIND_SERVICE)).hasToString("checkpoint_restore");
        assertThat(
                        both.without(Capabilities.NET_BIND_SERVICE, Capabilities.CHECKPOINT_RESTORE)
                                .isEmpty())
                .isTrue();
    }

    @Test
    void effectiveMatchesProcStatus() throws Exception {
        String status = Files.readString(Path.of("/proc/thread-self/status"));

        assertThat(status)
                .contains(String.format("CapEff:\t%016x\n", Capabilities.effective().bits()));
    }
}
