package io.pageproxy.codec;

/** How hard a block is compressed, from not at all to what pays on the slowest links only. */
public enum CompressionLevel {
    /** Not at all. */
    NONE(BlockCodec.STORED, 0),
    /** LZ4. */
    LZ4(BlockCodec.LZ4, 0),
    /** Zstandard, fast level -3. */
    ZSTD_MINUS_3(BlockCodec.ZSTD, -3),
    /** Zstandard, level 1. */
    ZSTD_1(BlockCodec.ZSTD, 1),
    /** Zstandard, level 3. */
    ZSTD_3(BlockCodec.ZSTD, 3);

    private final BlockCodec codec;
    private final int zstdLevel;

    CompressionLevel(BlockCodec codec, int zstdLevel) {
        this.codec = codec;
        this.zstdLevel = zstdLevel;
    }

    /** The codec that the peer must be able to decode. */
    public BlockCodec codec() {
        return codec;
    }

    /** The level as Zstandard counts; unused by the other codecs. */
    int zstdLevel() {
        return zstdLevel;
    }
}
