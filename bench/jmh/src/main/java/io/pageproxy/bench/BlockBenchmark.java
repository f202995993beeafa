package io.pageproxy.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.pageproxy.codec.BlockCompressor;
import io.pageproxy.codec.BlockDecoder;
import io.pageproxy.codec.BlockEncoder;
import io.pageproxy.codec.CompressionLevel;
import io.pageproxy.codec.LevelSelector;
import io.pageproxy.dedup.EarlierPages;
import io.pageproxy.frame.Frame.Block;
import io.pageproxy.frame.FrameDecoder;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Encodes and decodes blocks with {@link BlockEncoder} and {@link BlockDecoder}, including
 * checksums but without deduplication. An operation is a byte of the plain stream: {@code ops/us}
 * are MB/s.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class BlockBenchmark {
    private static final EarlierPages NO_PAGES =
            (index, pages, to) -> {
                throw new IllegalStateException("nothing refers to page " + index);
            };

    /** Compression level of the blocks. */
    @Param({"NONE", "LZ4", "ZSTD_1"})
    public CompressionLevel level;

    /** Content of the blocks. */
    @Param public Pages content;

    private final ByteBufAllocator allocator = PooledByteBufAllocator.DEFAULT;
    private ByteBuf[] plain;
    private Block[] coded;
    private BlockCompressor compressor;
    private BlockEncoder encoder;

    /** Creates the blocks, plain and encoded. */
    @Setup(Level.Trial)
    public void makeBlocks() {
        plain = content.blocks();
        compressor = new BlockCompressor();
        coded = new Block[plain.length];
        encoder = newEncoder();
        EmbeddedChannel wire = new EmbeddedChannel(new FrameDecoder());
        for (int i = 0; i < plain.length; i++) {
            wire.writeInbound(encoded(plain[i].copy(0, plain[i].capacity())));
            coded[i] = wire.readInbound();
        }
        wire.finishAndReleaseAll();
        encoder = newEncoder();
    }

    private BlockEncoder newEncoder() {
        return new BlockEncoder(LevelSelector.fixed(level));
    }

    /** Releases the blocks. */
    @TearDown(Level.Trial)
    public void free() {
        for (int i = 0; i < plain.length; i++) {
            plain[i].release();
            coded[i].content().release();
        }
        compressor.close();
    }

    private ByteBuf encoded(ByteBuf block) {
        return encoder.encode(Pages.rewound(block), compressor, allocator);
    }

    /** Encodes the plain stream into complete frames. */
    @Benchmark
    @OperationsPerInvocation(Pages.STREAM_BYTES)
    public int encode() {
        int frameBytes = 0;
        for (ByteBuf block : plain) {
            ByteBuf frame = encoded(block.retain());
            frameBytes += frame.readableBytes();
            frame.release();
        }
        return frameBytes;
    }

    /** Decodes the frames with a new decoder each time, because the stream starts over. */
    @Benchmark
    @OperationsPerInvocation(Pages.STREAM_BYTES)
    public int decode() {
        try (BlockDecoder decoder = new BlockDecoder(Pages.PAGE_BYTES, NO_PAGES)) {
            for (Block block : coded) {
                block.content().retain();
                decoder.decode(block, allocator).release();
            }
            return decoder.checksum();
        }
    }
}
