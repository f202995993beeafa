package io.pageproxy.cli.progress;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TreeMemoryTest {
    private static final long OWN_PID = ProcessHandle.current().pid();

    @Test
    void memoryOfChildrenIsCounted() throws Exception {
        byte[] held = new byte[64 << 20];
        Process shell =
                new ProcessBuilder("sh", "-c", "echo started; read line")
                        .redirectInput(ProcessBuilder.Redirect.PIPE)
                        .start();
        try {
            assertThat(shell.getInputStream().read()).isPositive();
            long ofShell = TreeMemory.bytes(shell.pid()).orElseThrow();
            long ofTree = TreeMemory.bytes(OWN_PID).orElseThrow();
            assertThat(ofShell).isBetween(4096L, 16L << 20);
            assertThat(ofTree).isGreaterThan(held.length + ofShell);
        } finally {
            shell.destroyForcibly();
        }
    }

    @Test
    void processThatDoesNotExistIsUnknown() {
        assertThat(TreeMemory.bytes(Integer.MAX_VALUE)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"-t PID", "-tPID", "--tree PID", "--tree=PID"})
    void rootIsFoundInCommandOfDump(String option) {
        String words = "criu dump -D /tmp " + option.replace("PID", OWN_PID + "") + " -v4";
        assertThat(TreeMemory.ofDump(List.of(words.split(" ")))).isPresent();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"criu restore -t 1", "criu dump -D x", "criu dump -t", "criu dump -t x"})
    void otherCommandsAreUnknown(String command) {
        assertThat(TreeMemory.ofDump(List.of(command.split(" ")))).isEmpty();
    }
}
