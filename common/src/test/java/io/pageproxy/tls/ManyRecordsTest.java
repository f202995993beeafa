package io.pageproxy.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBufAllocator;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A stream that is so long that TLS has more than 2^24 records under one key. */
class ManyRecordsTest {
    private static final int RECORDS = (1 << 24) + 1_000;

    private final TestPki ca = new TestPki("ca");
    private final ByteBuffer wire = ByteBuffer.allocateDirect(64 << 10);
    private final ByteBuffer plain = ByteBuffer.allocateDirect(64 << 10);
    private final ByteBuffer page = ByteBuffer.allocateDirect(1);

    @TempDir private Path dir;

    @Test
    void recordsBeyondTwoToThe24thAreSentAndReadLikeThoseBefore() throws Exception {
        SSLEngine source = engine("source", ca.source(), Purpose.CLIENT);
        SSLEngine dest = engine("dest", ca.dest(), Purpose.SERVER);
        source.beginHandshake();
        dest.beginHandshake();
        for (int flights = 0; shakesHands(source) || shakesHands(dest); flights++) {
            assertThat(flights)
                    .as("%s %s", source.getHandshakeStatus(), dest.getHandshakeStatus())
                    .isLessThan(10);
            carry(source, dest);
            carry(dest, source);
        }

        for (int record = 0; record < RECORDS; record++) {
            page.clear();
            page.put(0, (byte) record);
            plain.clear();
            wire.clear();
            source.wrap(page, wire);
            dest.unwrap(wire.flip(), plain);
            if (plain.position() != 1 || plain.get(0) != (byte) record) {
                assertThat(plain.flip()).as("record %d", record).isEqualTo(page.clear());
            }
        }
        assertThat(dest.isInboundDone()).isFalse();
    }

    private SSLEngine engine(String name, TestPki.Issued issued, Purpose side) throws Exception {
        TlsMaterial material = new TlsMaterial(TestPki.files(dir, name, issued, ca), false);
        return TlsContexts.unchecked(material, PeerPolicy.ANY, side, false)
                .newEngine(ByteBufAllocator.DEFAULT);
    }

    private static boolean shakesHands(SSLEngine engine) {
        return engine.getHandshakeStatus() != HandshakeStatus.NOT_HANDSHAKING;
    }

    /** All that one end has to say goes to the other. */
    private void carry(SSLEngine from, SSLEngine to) throws SSLException {
        wire.clear();
        plain.clear();
        page.position(page.limit());
        while (from.wrap(page, wire).bytesProduced() > 0) {}
        wire.flip();
        while (wire.hasRemaining() && to.unwrap(wire, plain).bytesConsumed() > 0) {
            runTasks(to);
        }
        runTasks(to);
    }

    private static void runTasks(SSLEngine engine) {
        for (Runnable task = engine.getDelegatedTask();
                task != null;
                task = engine.getDelegatedTask()) {
            task.run();
        }
    }
}
