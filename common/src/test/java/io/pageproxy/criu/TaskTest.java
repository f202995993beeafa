package io.pageproxy.criu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TaskTest {
    private Process process;

    @BeforeEach
    void start() throws IOException {
        // The child that it does not wait for becomes a zombie.
        process = new ProcessBuilder("sh", "-c", "sleep 300 & exec sleep 300").start();
        await().until(() -> process.children().count() == 1);
    }

    @AfterEach
    void end() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }

    @Test
    void runningProcessLives() {
        Task task = Task.of(process.pid()).orElseThrow();
        assertThat(task.lives()).isTrue();
        assertThat(Task.of(process.pid())).contains(task);
    }

    @Test
    void processThatStartedAtAnotherTimeIsAnother() {
        Task earlier = new Task(process.pid(), "1");
        assertThat(earlier.lives()).isFalse();
        assertThat(earlier.holdsPid()).isFalse();
    }

    @Test
    void zombieDoesNotLiveButHoldsItsPid() {
        ProcessHandle child = process.children().findFirst().orElseThrow();
        Task task = Task.of(child.pid()).orElseThrow();
        child.destroyForcibly();
        await().until(() -> !task.lives());
        assertThat(task.holdsPid()).isTrue();
        assertThat(Task.of(child.pid())).isEmpty();
    }

    @Test
    void endedProcessIsNotFound() throws Exception {
        Task task = Task.of(process.pid()).orElseThrow();
        end();
        process.waitFor();
        assertThat(task.lives()).isFalse();
        assertThat(Task.of(process.pid())).isEmpty();
    }
}
