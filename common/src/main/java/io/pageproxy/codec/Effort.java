package io.pageproxy.codec;

/**
 * How hard a block is compressed, from not at all to what only a crawling link pays for. The
 * figures are where {@link AutoEfforts} begins, before it has measured: seen on the memory of
 * Python processes, blocks of 256 KiB, one core of an AMD EPYC.
 */
public enum Effort {
    /** Not at all. */
    NONE(BlockCodec.STORED, 0, 0, 1),
    /** LZ4. */
    LZ4(BlockCodec.LZ4, 0, 1.3, 0.42),
    /** Zstandard, of its fast levels. */
    ZSTD_FAST(BlockCodec.ZSTD, -3, 1.9, 0.37),
    /** Zstandard, level 1. */
    ZSTD(BlockCodec.ZSTD, 1, 2.7, 0.26),
    /** Zstandard, level 3. */
    ZSTD_HARD(BlockCodec.ZSTD, 3, 3.7, 0.255);

    private final BlockCodec codec;
    private final int level;
    private final double expectedNanosPerByte;
    private final double expectedRatio;

    Effort(BlockCodec codec, int level, double expectedNanosPerByte, double expectedRatio) {
        this.codec = codec;
        this.level = level;
        this.expectedNanosPerByte = expectedNanosPerByte;
        this.expectedRatio = expectedRatio;
    }

    /** What the other side must be able to decode. */
    public BlockCodec codec() {
        return codec;
    }

    /** The codec's own level, where it has any. */
    int level() {
        return level;
    }

    /** Processor time for a byte of plain stream, before it is known better. */
    double expectedNanosPerByte() {
        return expectedNanosPerByte;
    }

    /** Coded length to plain length, before it is known better. */
    double expectedRatio() {
        return expectedRatio;
    }
}
