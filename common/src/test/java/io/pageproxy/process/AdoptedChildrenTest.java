package io.pageproxy.process;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.jna.Memory;
import io.pageproxy.posix.LibC;
import org.junit.jupiter.api.Test;

/** Uses scripted system calls, because a test must not reap the children of this JVM. */
class AdoptedChildrenTest {
    private static final int PID = 4_000_000; // Above the maximum PID.

    private final OwnChildren own = new OwnChildren();

    private static TestLibC ended(int pid) throws Exception {
        return new TestLibC(
                "waitid",
                (arguments, real) -> {
                    assertThat((int) arguments[3] & LibC.WNOWAIT).isNotZero();
                    ((Memory) arguments[2]).setInt(16, pid);
                    return 0;
                });
    }

    @Test
    void adoptedChildIsReaped() throws Exception {
        TestLibC libc = ended(PID);
        assertThat(new AdoptedChildren(libc.libc, own).reapNext()).isZero();
        assertThat(libc.calls).anyMatch(call -> call.startsWith("waitpid[" + PID));
    }

    @Test
    void exitStatusOfOwnChildIsLeftToItsWaiter() throws Exception {
        own.launch(() -> PID);
        TestLibC libc = ended(PID);
        assertThat(new AdoptedChildren(libc.libc, own).reapNext()).isPositive();
        assertThat(libc.calls).noneMatch(call -> call.startsWith("waitpid["));
    }

    @Test
    void reusedPidOfReapedOwnChildIsReaped() throws Exception {
        own.launch(() -> PID);
        own.reap(PID, () -> PID);
        TestLibC libc = ended(PID);
        new AdoptedChildren(libc.libc, own).reapNext();
        assertThat(libc.calls).anyMatch(call -> call.startsWith("waitpid[" + PID));
    }

    @Test
    void waitsWhenThereIsNoChild() throws Exception {
        TestLibC libc = new TestLibC("waitid", TestLibC.failing(TestLibC.ECHILD));
        assertThat(new AdoptedChildren(libc.libc, own).reapNext()).isPositive();
        assertThat(libc.calls).noneMatch(call -> call.startsWith("waitpid["));
    }
}
