package io.pageproxy.app.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class UsageTest {
    @Test
    void runningProcessHasCpuTimeAndPeak() throws IOException {
        Usage usage = Usage.of(ProcessHandle.current());
        assertThat(usage.cpuSeconds()).isPositive();
        assertThat(usage.peakBytes()).isGreaterThan(Runtime.getRuntime().totalMemory() / 100);
    }

    @Test
    void sinceSubtractsCpuTimeButKeepsPeak() {
        assertThat(new Usage(5, 300).since(new Usage(2, 200))).isEqualTo(new Usage(3, 300));
    }

    @Test
    void exitedProcessIsReported() throws Exception {
        Process process = new ProcessBuilder("true").start();
        process.waitFor();
        assertThatThrownBy(() -> Usage.of(process.toHandle())).isInstanceOf(IOException.class);
    }
}
