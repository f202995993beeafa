package io.pageproxy.cli.source;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DumpArgumentsTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "--leave-running",
                "--leave-stopped",
                "--leave-r",
                "--leav",
                "-R",
                "-s",
                "-t",
                "-t4711",
                "-D",
                "--images-dir=/tmp",
                "--imag",
                "--page-server",
                "--ps-socket",
                "--tree",
                "--lazy-pages",
                "--track-mem",
                "--prev-images-dir",
                "--config"
            })
    void forbiddenOptionsAreRejected(String argument) {
        assertThat(DumpArguments.fault(argument)).isPresent();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--tcp-established",
                "--shell-job",
                "-j",
                "--ext-unix-sk",
                "-v4",
                "--file-locks",
                "--action-script",
                "--external",
                "mnt[/x]:y",
                "--skip-in-flight",
                "--timeout"
            })
    void otherOptionsAreAccepted(String argument) {
        assertThat(DumpArguments.fault(argument)).isEmpty();
    }

    @Test
    void connectionLockingOptionsAreRejectedForLazyDump() {
        assertThat(DumpArguments.faultWhereLazy("--tcp-established")).isPresent();
        assertThat(DumpArguments.faultWhereLazy("--tcp-es")).isPresent();
        assertThat(DumpArguments.faultWhereLazy("--tcp-close")).isEmpty();
        assertThat(DumpArguments.faultWhereLazy("--")).isEmpty();
    }
}
