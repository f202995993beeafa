package io.pageproxy.codec;

import java.nio.ByteBuffer;
import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Factory;

/**
 * Tells blocks apart by what LZ4 leaves of samples of them, for a 32nd of the price of compressing
 * them. Not thread-safe.
 */
final class BlockSampler {
    /** So many kinds it tells apart, numbered from 0: from what shrinks most to what does not. */
    static final int KINDS = 8;

    /** Many short ones tell more of a block than one that is as long as all of them. */
    private static final int SAMPLES = 8;

    private static final int SAMPLE_BYTES = 1 << 10;

    /** What is shorter is sampled less well. */
    static final int FULLY_SAMPLED_BYTES = SAMPLES * SAMPLE_BYTES;

    private final LZ4Compressor lz4 = LZ4Factory.nativeInstance().fastCompressor();
    private final ByteBuffer coded =
            ByteBuffer.allocateDirect(lz4.maxCompressedLength(SAMPLE_BYTES));

    /** What samples shrink to that are in the middle of a kind. */
    static double ratioOf(int kind) {
        return (kind + 0.5) / KINDS;
    }

    /**
     * The kind of a block.
     *
     * @param plain position and limit stay
     */
    int kindOf(ByteBuffer plain) {
        int part = plain.remaining() / SAMPLES;
        int bytes = Math.min(SAMPLE_BYTES, part);
        int codedBytes = 0;
        for (int i = 0; i < SAMPLES; i++) {
            int from = plain.position() + i * part + (part - bytes) / 2;
            codedBytes += lz4.compress(plain, from, bytes, coded, 0, coded.capacity());
        }
        return Math.min(KINDS - 1, codedBytes * KINDS / (SAMPLES * bytes));
    }
}
