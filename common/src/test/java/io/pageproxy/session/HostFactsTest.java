package io.pageproxy.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HostFactsTest {
    private final HostFacts here = new HostFacts("x86_64", 4096);

    @Test
    void equalHostsMatch() {
        assertThat(here.mismatchWith(new HostFacts("x86_64", 4096))).isEmpty();
    }

    @Test
    void architectureMismatchNamesBothArchitectures() {
        assertThat(here.mismatchWith(new HostFacts("aarch64", 4096)))
                .get()
                .asString()
                .contains("the source is aarch64", "the destination x86_64", "choose");
    }

    @Test
    void pageSizeMismatchNamesBothSizes() {
        HostFacts arm = new HostFacts("aarch64", 65536);
        assertThat(new HostFacts("aarch64", 4096).mismatchWith(arm))
                .get()
                .asString()
                .contains("the source's pages have 65536", "the destination's 4096", "boot");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -4096, 2048, 5000, 131072, Integer.MIN_VALUE})
    void invalidPageSizeIsRejected(int pageSizeBytes) {
        assertThatThrownBy(() -> new HostFacts("x86_64", pageSizeBytes))
                .hasMessageContaining("" + pageSizeBytes);
    }

    @Test
    void localArchitectureMatchesUname() {
        assertThat(HostFacts.local(4096).architecture()).isNotEqualTo("amd64").isNotBlank();
    }
}
