package io.pageproxy.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
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
        AtomicReference<ProcessActivity> last = new AtomicReference<>();
        await().during(Duration.ofMillis(200))
                .until(
                        () -> {
                            ProcessActivity now = ProcessActivity.of(pid);
                            return now.equals(last.getAndSet(now));
                        });
        assertThat(last.get().inKernel()).isFalse();
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
