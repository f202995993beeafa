package io.pageproxy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class TerminationTest {
    private Process process;
    private BufferedReader output;

    private void start(String what) throws IOException {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        process =
                new ProcessBuilder(
                                List.of(
                                        java,
                                        "-cp",
                                        System.getProperty("java.class.path"),
                                        TerminatedProcess.class.getName(),
                                        what))
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
        output = process.inputReader();
        assertThat(output.readLine()).isEqualTo("working");
    }

    @AfterEach
    void kill() {
        process.destroyForcibly();
    }

    private int exitCode() throws InterruptedException {
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }

    @Test
    void sigtermStopsWorkInOrderAndReturnsItsExitCode() throws Exception {
        start("wait");
        // Process.destroy would also close its output.
        process.toHandle().destroy();
        assertThat(output.readLine()).isEqualTo("told to stop");
        assertThat(output.readLine()).isEqualTo("tidied up");
        assertThat(exitCode()).isEqualTo(7);
    }

    @Test
    void completedWorkIsNotAskedToStop() throws Exception {
        start("end");
        assertThat(output.readLine()).isNull();
        assertThat(exitCode()).isEqualTo(4);
    }

    @Test
    void failedWorkEndsImmediately() throws Exception {
        start("fail");
        assertThat(output.readLine()).isNull();
        assertThat(exitCode()).isEqualTo(1);
    }
}
