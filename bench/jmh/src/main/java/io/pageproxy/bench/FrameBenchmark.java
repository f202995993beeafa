package io.pageproxy.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.pageproxy.frame.Frame;
import io.pageproxy.frame.FrameDecoder;
import io.pageproxy.frame.FrameEncoder;
import io.pageproxy.frame.FrameLayout;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Encodes and decodes frames. An operation is a frame. */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class FrameBenchmark {
    private static final Frame ANSWER = new Frame.Answer(1, 0);

    private EmbeddedChannel sending;
    private EmbeddedChannel receiving;
    private ByteBuf block;

    /** Creates a stored block and both ends of a connection without a network. */
    @Setup(Level.Trial)
    public void makeChannels() {
        sending = new EmbeddedChannel(new FrameEncoder());
        receiving = new EmbeddedChannel(new FrameDecoder());
        int capacityBytes = FrameLayout.BLOCK_HEADER_BYTES + Pages.BLOCK_BYTES;
        block = PooledByteBufAllocator.DEFAULT.directBuffer(capacityBytes, capacityBytes);
        block.writeZero(capacityBytes);
    }

    /** Releases them. */
    @TearDown(Level.Trial)
    public void free() {
        sending.finishAndReleaseAll();
        receiving.finishAndReleaseAll();
        block.release();
    }

    /** Encodes an Answer, the smallest frame with fields. */
    @Benchmark
    public int encodeAnswer() {
        sending.writeOutbound(ANSWER);
        ByteBuf bytes = sending.readOutbound();
        int length = bytes.readableBytes();
        bytes.release();
        return length;
    }

    /** Writes a block's header in front of existing content. */
    @Benchmark
    public ByteBuf encodeBlockHeader() {
        FrameEncoder.writeBlockHeader(
                Pages.rewound(block), FrameLayout.STORED_CODE, 0, 0, Pages.BLOCK_BYTES, 0);
        return block;
    }

    /** Decodes a stored block that arrives in one piece; its content is not copied. */
    @Benchmark
    public int decodeStoredBlock() {
        receiving.writeInbound(encodeBlockHeader().retainedDuplicate());
        Frame.Block decoded = receiving.readInbound();
        int length = decoded.content().readableBytes();
        decoded.content().release();
        return length;
    }
}
