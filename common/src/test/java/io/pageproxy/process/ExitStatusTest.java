package io.pageproxy.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class ExitStatusTest {
    @Test
    void waitStatusOfExitHasCode() {
        ExitStatus status = ExitStatus.ofWaitStatus(0x0300);

        assertThat(status).isEqualTo(ExitStatus.exited(3));
        assertThat(status.describe()).isEqualTo("exit 3");
        assertThat(status.shellCode()).isEqualTo(3);
        assertThat(status.success()).isFalse();
    }

    @Test
    void waitStatusOfKillHasSignalWithOrWithoutCoreDump() {
        assertThat(ExitStatus.ofWaitStatus(9).describe()).isEqualTo("killed by SIGKILL");
        assertThat(ExitStatus.ofWaitStatus(0x80 | 11).describe()).isEqualTo("killed by SIGSEGV");
        assertThat(ExitStatus.killed(15).shellCode()).isEqualTo(143);
        assertThat(ExitStatus.killed(31).describe()).isEqualTo("killed by SIGSYS");
        assertThat(ExitStatus.killed(40).describe()).isEqualTo("killed by signal 40");
    }

    @Test
    void onlyExitCodeZeroIsSuccess() {
        assertThat(ExitStatus.exited(0).success()).isTrue();
        assertThat(ExitStatus.exited(1).success()).isFalse();
        assertThat(ExitStatus.killed(9).success()).isFalse();
    }

    @Test
    void impossibleStatusIsRejected() {
        assertThatIllegalArgumentException().isThrownBy(() -> ExitStatus.exited(256));
        assertThatIllegalArgumentException().isThrownBy(() -> ExitStatus.exited(-1));
        assertThatIllegalArgumentException().isThrownBy(() -> ExitStatus.killed(0));
        assertThatIllegalArgumentException().isThrownBy(() -> new ExitStatus(1, 9));
    }
}
