package io.pageproxy.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBufAllocator;
import io.pageproxy.certificate.Purpose;
import io.pageproxy.certificate.TlsMaterial;
import io.pageproxy.peer.PeerPolicy;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sends more than 2^24 TLS records under one key. */
class ManyRecordsTest {
    private static final int RECORDS = (1 << 24) + 1_000;

    private final TestPki ca = new TestPki("ca");
    private final ByteBuffer wire = ByteBuffer.allocateDirect(64 << 10);
    private final ByteBuffer plain = ByteBuffer.allocateDirect(64 << 10);
    private final ByteBuffer page = ByteBuffer.allocateDirect(1);

    @TempDir private Path dir;

    @Test
    void recordsAfterThe2To24thAreStillExchanged() throws Exception {
        SSLEngine source = engine("source", ca.source(), Purpose.CLIENT);
        SSLEngine dest = engine("dest", ca.dest(), Purpose.SERVER);
        source.beginHandshake();
        dest.beginHandshake();
        for (int flights = 0; isHandshaking(source) || isHandshaking(dest); flights++) {
            assertThat(flights)
                    .as("%s %s", source.getHandshakeStatus(), dest.getHandshakeStatus())
                    .isLessThan(10);
            transfer(source, dest);
            transfer(dest, source);
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

    private static boolean isHandshaking(SSLEngine engine) {
        return engine.getHandshakeStatus() != HandshakeStatus.NOT_HANDSHAKING;
    }

    /** Transfers all pending bytes from one engine to the other. */
    private void transfer(SSLEngine from, SSLEngine to) throws SSLException {
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
