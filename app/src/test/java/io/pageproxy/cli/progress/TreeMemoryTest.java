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
        String child = "$|=1; $held = 'x' x (32 << 20); print 'ready'; <STDIN>";
        Process shell =
                new ProcessBuilder("sh", "-c", "perl -e \"$0\"; true", child)
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        try {
            assertThat(shell.getInputStream().read()).isPositive();
            assertThat(TreeMemory.bytes(shell.pid()).orElseThrow())
                    .isBetween(32L << 20, 128L << 20);
        } finally {
            shell.descendants().forEach(ProcessHandle::destroyForcibly);
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
