package io.pageproxy.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ProcessActivityTest {
    private Process process;

    private long start(String... words) throws IOException {
        process = new ProcessBuilder(List.of(words)).start();
        return process.pid();
    }

    @AfterEach
    void end() {
        if (process != null) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }

    @Test
    void sleepingProcessHasNoActivity() throws IOException {
        long pid = start("sleep", "60");
        await().until(() -> ProcessActivity.of(pid).equals(ProcessActivity.of(pid)));
        ProcessActivity before = ProcessActivity.of(pid);
        assertThat(before.inKernel()).isFalse();
        await().during(Duration.ofMillis(200)).until(() -> ProcessActivity.of(pid).equals(before));
    }

    @Test
    void computingProcessHasActivity() throws IOException {
        long pid = start("sh", "-c", "while :; do :; done");
        ProcessActivity before = ProcessActivity.of(pid);
        await().until(() -> !ProcessActivity.of(pid).equals(before));
    }

    @Test
    void childOfWrapperCounts() throws IOException {
        long pid = start("sh", "-c", "sh -c 'while :; do :; done'; :");
        await().until(() -> process.children().findAny().isPresent());
        ProcessActivity before = ProcessActivity.of(pid);
        await().until(() -> !ProcessActivity.of(pid).equals(before));
    }

    @Test
    void missingProcessHasNoActivity() throws Exception {
        long pid = start("true");
        process.waitFor();
        assertThat(ProcessActivity.of(pid).done()).isBlank();
    }
}
