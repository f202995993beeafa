package io.pageproxy.codec;

import static io.pageproxy.frame.FrameLayout.BLOCK_HEADER_BYTES;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.pageproxy.codec.LevelSelector.Choice;
import io.pageproxy.dedup.References;
import io.pageproxy.frame.FrameEncoder;
import java.nio.ByteBuffer;

/**
 * A block on its way from the plain stream to a frame. One thread at a time; handing it from one to
 * another is the caller's care. It owns its buffer until {@link #frame} or {@link #release}.
 */
public final class PreparedBlock {
    /** A block that shrinks by less than this part of itself is stored as it is. */
    private static final int LEAST_GAIN_SHIFT = 4;

    private final Choice choice;
    private final byte[] references;
    private final long sequence;
    private final int plainBytes;
    private final int literalBytes;
    private final int checksum;

    private ByteBuf content;
    private BlockCodec codec = BlockCodec.STORED;
    private long tookNanos;

    PreparedBlock(
            Choice choice,
            ByteBuf literals,
            References references,
            long sequence,
            int plainBytes,
            int checksum) {
        this.choice = choice;
        this.content = literals;
        this.references = references.toBytes();
        this.sequence = sequence;
        this.plainBytes = plainBytes;
        this.literalBytes = literals.readableBytes();
        this.checksum = checksum;
    }

    Choice choice() {
        return choice;
    }

    /** Whether {@link #compress} has anything to do. */
    public boolean isCompressible() {
        return choice.level() != CompressionLevel.NONE;
    }

    int literalBytes() {
        return literalBytes;
    }

    int codedBytes() {
        return content.readableBytes();
    }

    long tookNanos() {
        return tookNanos;
    }

    BlockCodec codec() {
        return codec;
    }

    /** Compresses the literals as hard as was chosen, and keeps the result where that pays. */
    public void compress(BlockCompressor compressor, ByteBufAllocator allocator) {
        if (!isCompressible()) {
            return;
        }
        long startNanos = System.nanoTime();
        int boundBytes = compressor.boundBytes(literalBytes);
        ByteBuf out = allocator.directBuffer(BLOCK_HEADER_BYTES + boundBytes + references.length);
        ByteBuffer from = content.internalNioBuffer(content.readerIndex(), literalBytes);
        ByteBuffer to = out.internalNioBuffer(BLOCK_HEADER_BYTES, boundBytes);
        int codedBytes;
        try {
            codedBytes = compressor.compress(choice.level(), from, to);
        } catch (RuntimeException e) {
            out.release();
            throw e;
        }
        if (codedBytes < literalBytes - (literalBytes >> LEAST_GAIN_SHIFT)) {
            content.release();
            content = out.setIndex(BLOCK_HEADER_BYTES, BLOCK_HEADER_BYTES + codedBytes);
            codec = choice.level().codec();
        } else {
            out.release();
        }
        tookNanos = System.nanoTime() - startNanos;
    }

    /** The whole frame; ownership of its buffer passes. */
    ByteBuf frame() {
        content.writeBytes(references);
        FrameEncoder.writeBlockHeader(
                content,
                codec.code(),
                references.length / References.ENTRY_BYTES,
                sequence,
                plainBytes,
                checksum);
        return content;
    }

    /** Gives the block up. */
    public void release() {
        content.release();
    }
}
