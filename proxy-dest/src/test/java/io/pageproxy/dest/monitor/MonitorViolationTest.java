package io.pageproxy.dest.monitor;

import static org.assertj.core.api.Assertions.assertThat;

import io.pageproxy.dest.monitor.MonitorMessage.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** What no network process of ours sends ends it. */
class MonitorViolationTest extends MonitorTestBase {
    @Test
    void garbageEndsTheNetworkProcess() throws Exception {
        lab.network.send(direct(new byte[] {99, 1, 2, 3}), OptionalInt.empty());
        assertThat(lab.violation()).isEqualTo("a message of 4 bytes");
    }

    @Test
    void unknownKindEndsIt() throws Exception {
        byte[] bytes = new byte[20];
        bytes[0] = 99;
        lab.network.send(direct(bytes), OptionalInt.empty());
        assertThat(lab.violation()).isEqualTo("a message of the unknown kind 99");
    }

    @Test
    void hugeMessageEndsIt() throws Exception {
        lab.network.send(direct(new byte[60_000]), OptionalInt.empty());
        assertThat(lab.violation()).contains("too long");
    }

    @Test
    void textThatIsNotUtf8EndsIt() throws Exception {
        ByteBuffer packet = new MonitorMessage(Kind.RESTORE, 1, "web").encode();
        packet.put(packet.limit() - 1, (byte) 0xff);
        lab.network.send(packet, OptionalInt.empty());
        assertThat(lab.violation()).isEqualTo("a message whose text is not UTF-8");
    }

    @Test
    void eventEndsIt() throws Exception {
        request(Kind.EXITED, 1);
        assertThat(lab.violation()).isEqualTo("an event: EXITED");
    }

    @Test
    void sameIdTwiceEndsIt() throws Exception {
        lab.session("web");
        request(Kind.RESTORE, 1, "web");
        assertThat(answer().kind()).isEqualTo(Kind.STARTED);
        request(Kind.LAZY_PAGES, 1, "web");
        assertThat(lab.violation()).isEqualTo("the id 1 a second time");
    }

    @Test
    void idThatDoesNotExistEndsIt() throws Exception {
        request(Kind.GO, 7);
        assertThat(lab.violation()).isEqualTo("no restore has the id 7");
    }

    @Test
    void descriptorWhereNoneBelongsEndsIt() throws Exception {
        lab.network.send(new MonitorMessage(Kind.RESTORE, 1, "web").encode(), OptionalInt.of(0));
        assertThat(lab.violation()).isEqualTo("a descriptor with RESTORE");
    }

    @Test
    void actionThatDoesNotExistEndsIt() throws Exception {
        send(new MonitorMessage(Kind.APPLY, 1, 3));
        assertThat(lab.violation()).isEqualTo("the action 3");
    }

    /** Too many at a time even to refuse them one by one. */
    @Test
    void thousandRestoresEndTheNetworkProcess() throws Exception {
        lab.session("web");
        try {
            for (int id = 1; id <= 1000; id++) {
                request(Kind.RESTORE, id, "web");
            }
        } catch (IOException cutOff) {
            assertThat(cutOff).hasMessageContaining("cannot send a packet");
        }

        assertThat(lab.violation()).isEqualTo("too many requests at a time");
        assertThat(lab.programs.restores).hasSizeLessThanOrEqualTo(MonitorLab.MAX_RESTORES);
    }

    private static ByteBuffer direct(byte[] bytes) {
        return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    }
}
