package io.pageproxy.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ActionGateTest {
    @Test
    void itHoldsAtItsActionUntilItIsToldToGo() throws Exception {
        try (ActionGate gate = ActionGate.open("post-dump")) {
            Process criu = run(gate, "post-dump");
            gate.reached().get(10, TimeUnit.SECONDS);
            assertThat(criu.isAlive()).isTrue();
            gate.go();
            assertThat(criu.waitFor()).isZero();
        }
    }

    @Test
    void goIsHeardAlsoWhereTheGateIsClosedAtOnce() throws Exception {
        ActionGate gate = ActionGate.open("post-dump");
        Process criu = run(gate, "post-dump");
        gate.reached().get(10, TimeUnit.SECONDS);
        gate.go();
        gate.close();
        assertThat(criu.waitFor()).isZero();
    }

    @Test
    void otherActionsPass() throws Exception {
        try (ActionGate gate = ActionGate.open("post-dump")) {
            assertThat(run(gate, "network-lock").waitFor()).isZero();
            assertThat(gate.reached()).isNotDone();
        }
    }

    @Test
    void noWordIsNo() throws Exception {
        ActionGate gate = ActionGate.open("post-restore");
        Process criu = run(gate, "post-restore");
        gate.reached().get(10, TimeUnit.SECONDS);
        gate.close();
        assertThat(criu.waitFor()).isNotZero();
    }

    /** It would serve its pages to nobody. */
    @Test
    void noWordIsTheEndOfALazyDump() throws Exception {
        ActionGate gate = ActionGate.ofLazyDump();
        ProcessBuilder builder =
                new ProcessBuilder("sh", "-c", "\"$0\"; sleep 300", script(gate) + "");
        builder.environment().put("CRTOOLS_SCRIPT_ACTION", "post-dump");
        Process criu = builder.start();
        gate.reached().get(10, TimeUnit.SECONDS);
        gate.close();
        assertThat(criu.waitFor()).isEqualTo(128 + Signals.SIGKILL);
    }

    @Test
    void rootOfTheTreeIsWhatCriuSays() throws Exception {
        try (ActionGate gate = ActionGate.open("post-restore")) {
            assertThat(gate.root()).isEmpty();
            ProcessBuilder builder = new ProcessBuilder(script(gate).toString());
            builder.environment().put("CRTOOLS_SCRIPT_ACTION", "post-restore");
            builder.environment().put("CRTOOLS_INIT_PID", "4711");
            builder.start();
            gate.reached().get(10, TimeUnit.SECONDS);
            assertThat(gate.root()).hasValue(4711);
        }
    }

    @Test
    void whoeverComesTooLateHearsNo() throws Exception {
        ActionGate gate = ActionGate.open("post-restore");
        Path script = script(gate);
        gate.close();
        assertThat(script.getParent()).doesNotExist();
    }

    @Test
    void theFolderIsPrivate() throws Exception {
        try (ActionGate gate = ActionGate.open("post-dump")) {
            Path folder = script(gate).getParent();
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)))
                    .isEqualTo("rwx------");
            await().until(() -> folder.toFile().list().length == 3);
        }
    }

    private static Process run(ActionGate gate, String action) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(script(gate).toString());
        builder.environment().put("CRTOOLS_SCRIPT_ACTION", action);
        return builder.start();
    }

    private static Path script(ActionGate gate) {
        return Path.of(gate.arguments().get(1));
    }
}
