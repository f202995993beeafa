package io.pageproxy.dest.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import io.pageproxy.dest.monitor.MonitorMessage.Kind;
import io.pageproxy.posix.Posix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Base class of tests in which the test is the network process, and hostile. What waits for an
 * answer cannot be interrupted.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
abstract class MonitorTestBase {
    @TempDir Path dir;

    /** Of daemons, which end when these are closed. */
    private final List<Integer> sockets = new ArrayList<>();

    MonitorLab lab;

    @BeforeEach
    void open() throws IOException {
        lab = MonitorLab.open(Files.createDirectory(dir.resolve("images")));
    }

    @AfterEach
    void close() throws IOException {
        for (int socket : sockets) {
            Posix.close(socket);
        }
        lab.close();
    }

    /** Restores images that are there. */
    void restore(int id, String folder) throws IOException {
        request(Kind.RESTORE, id, folder);
        assertThat(answer()).isEqualTo(new MonitorMessage(Kind.STARTED, id));
        request(Kind.IMAGES, id);
        assertThat(answer()).isEqualTo(new MonitorMessage(Kind.DONE, id));
    }

    ScriptedPrograms.Restore onlyRestore() {
        assertThat(lab.programs.restores).hasSize(1);
        return lab.programs.restores.get(0);
    }

    void request(Kind kind, int id) throws IOException {
        send(new MonitorMessage(kind, id));
    }

    void request(Kind kind, int id, String text) throws IOException {
        send(new MonitorMessage(kind, id, text));
    }

    void send(MonitorMessage request) throws IOException {
        lab.network.send(request.encode(), OptionalInt.empty());
    }

    /** The next event, but for the logs of daemons. */
    MonitorMessage answer() throws IOException {
        var packet = lab.network.receive(MonitorMessage.MAX_EVENT_BYTES).orElseThrow();
        packet.descriptor().ifPresent(sockets::add);
        MonitorMessage event = MonitorMessage.decode(packet.bytes());
        return event.kind() == Kind.LOG && event.text().isEmpty() ? answer() : event;
    }
}
