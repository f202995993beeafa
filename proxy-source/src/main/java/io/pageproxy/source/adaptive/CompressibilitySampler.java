package io.pageproxy.source.adaptive;

import java.nio.ByteBuffer;
import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Factory;

/**
 * Classifies blocks by how much LZ4 shrinks samples of them, for a 32nd of the time that
 * compressing the whole would take. Kinds are numbered from 0, what shrinks most. Not thread-safe.
 */
final class CompressibilitySampler {
    /** Shorter blocks are sampled less well. */
    static final int FULLY_SAMPLED_BYTES = Tuning.SAMPLES * Tuning.SAMPLE_BYTES;

    private final LZ4Compressor lz4 = LZ4Factory.nativeInstance().fastCompressor();
    private final ByteBuffer coded =
            ByteBuffer.allocateDirect(lz4.maxCompressedLength(Tuning.SAMPLE_BYTES));

    /** Coded length to plain length of samples in the middle of a kind. */
    static double ratioOf(int kind) {
        return (kind + 0.5) / Tuning.CONTENT_KINDS;
    }

    /**
     * The kind of a block's content.
     *
     * @param plain position and limit stay
     */
    int kindOf(ByteBuffer plain) {
        int part = plain.remaining() / Tuning.SAMPLES;
        int bytes = Math.min(Tuning.SAMPLE_BYTES, part);
        int codedBytes = 0;
        for (int i = 0; i < Tuning.SAMPLES; i++) {
            int from = plain.position() + i * part + (part - bytes) / 2;
            codedBytes += lz4.compress(plain, from, bytes, coded, 0, coded.capacity());
        }
        int kind = codedBytes * Tuning.CONTENT_KINDS / (Tuning.SAMPLES * bytes);
        return Math.min(Tuning.CONTENT_KINDS - 1, kind);
    }
}
