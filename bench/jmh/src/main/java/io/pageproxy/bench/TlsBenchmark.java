package io.pageproxy.bench;

import io.netty.buffer.ByteBuf;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.ssl.SslHandler;
import io.pageproxy.app.local.Certificates;
import io.pageproxy.app.local.LocalFailure;
import io.pageproxy.app.local.Workspace;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * TLS 1.3 by BoringSSL, configured like both sides, over channels without a network. An operation
 * is a byte: {@code ops/us} are MB/s.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class TlsBenchmark {
    private static final int ANY_PORT = 1;

    private ByteBuf[] blocks;
    private EmbeddedChannel source;
    private EmbeddedChannel dest;

    /** Creates certificates, connects both ends and completes the handshake. */
    @Setup(Level.Trial)
    public void connect() throws IOException, LocalFailure {
        blocks = Pages.NOISE.blocks();
        source = new EmbeddedChannel();
        dest = new EmbeddedChannel();
        try (Workspace work = Workspace.create("jmh", Optional.empty())) {
            Certificates certificates = Certificates.create(work.path().resolve("pki"));
            SslHandler destTls = certificates.destination().apply(dest);
            SslHandler sourceTls = certificates.source(ANY_PORT).apply(source);
            dest.pipeline().addLast(destTls);
            source.pipeline().addLast(sourceTls);
            boolean talking = true;
            while (talking) {
                talking = transfer(source, dest);
                talking |= transfer(dest, source);
            }
            sourceTls.handshakeFuture().syncUninterruptibly();
            destTls.handshakeFuture().syncUninterruptibly();
        }
    }

    /** Closes both ends and releases the blocks. */
    @TearDown(Level.Trial)
    public void free() {
        source.finishAndReleaseAll();
        dest.finishAndReleaseAll();
        for (ByteBuf block : blocks) {
            block.release();
        }
    }

    /** Delivers what one end has written to the other. */
    private static boolean transfer(EmbeddedChannel from, EmbeddedChannel to) {
        boolean any = false;
        for (Object bytes = from.readOutbound(); bytes != null; bytes = from.readOutbound()) {
            to.writeInbound(bytes);
            any = true;
        }
        return any;
    }

    private static int drop(ByteBuf bytes) {
        int length = bytes.readableBytes();
        bytes.release();
        return length;
    }

    /**
     * Encrypts block by block as the source does, and decrypts as the destination does, because no
     * record may be skipped.
     */
    @Benchmark
    @OperationsPerInvocation(Pages.STREAM_BYTES)
    public int wrapAndUnwrap() {
        int length = 0;
        for (ByteBuf block : blocks) {
            source.writeOutbound(block.retainedDuplicate());
            transfer(source, dest);
            for (ByteBuf in = dest.readInbound(); in != null; in = dest.readInbound()) {
                length += drop(in);
            }
        }
        return length;
    }

    /** Encrypts in the other direction without a reader, to measure the cost of sending alone. */
    @Benchmark
    @OperationsPerInvocation(Pages.STREAM_BYTES)
    public int wrap() {
        int length = 0;
        for (ByteBuf block : blocks) {
            dest.writeOutbound(block.retainedDuplicate());
            for (ByteBuf out = dest.readOutbound(); out != null; out = dest.readOutbound()) {
                length += drop(out);
            }
        }
        return length;
    }
}
