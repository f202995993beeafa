package io.pageproxy.posix;

import static org.assertj.core.api.Assertions.assertThat;

import io.pageproxy.process.ChildProcess;
import io.pageproxy.process.ChildSpec;
import io.pageproxy.process.PosixChildLauncher;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class PseudoTerminalTest {
    private PseudoTerminal terminal;

    @BeforeEach
    void open() throws IOException {
        terminal = PseudoTerminal.like(2);
    }

    @Test
    void foregroundChildWritesItsErrorsThereUnchanged() throws Exception {
        assertThat(written("test -t 2 && printf 'one\\ntwo\\r\\n' >&2", false))
                .isEqualTo("one\ntwo\r\n");
    }

    @Test
    void standardOutputThatIsNoTerminalStaysOurs() throws Exception {
        assertThat(written("test -t 1 || echo elsewhere >&2", false)).isEqualTo("elsewhere\n");
    }

    @Test
    void detachedChildWritesNothingThere() throws Exception {
        assertThat(written("echo detached >&2", true)).isEmpty();
    }

    /** What a shell command writes until its end. */
    private String written(String command, boolean detached) throws Exception {
        ChildSpec spec =
                new ChildSpec(List.of("/bin/sh", "-c", command), System.getenv(), Optional.empty());
        ChildProcess child =
                new PosixChildLauncher(4096)
                        .writingTo(terminal.childrensSide())
                        .launch(detached ? spec.inOwnSession() : spec);
        child.exit().get(10, TimeUnit.SECONDS);
        Posix.close(child.takeSocket());
        terminal.closeChildrensSide();
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        for (byte[] bytes = terminal.read(100); bytes.length > 0; bytes = terminal.read(100)) {
            written.writeBytes(bytes);
        }
        return written.toString(StandardCharsets.UTF_8);
    }
}
