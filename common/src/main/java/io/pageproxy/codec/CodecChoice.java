package io.pageproxy.codec;

import java.util.Optional;

/** What may be asked for by {@code --codec}. */
public enum CodecChoice {
    /** What pays, block by block. */
    AUTO(null),
    /** Blocks as they are, pages that were sent before and pages of zeros too. */
    NONE(CompressionLevel.NONE),
    /** LZ4 wherever it shrinks a block. */
    LZ4(CompressionLevel.LZ4),
    /** Zstandard of level 1 wherever it shrinks a block. */
    ZSTD(CompressionLevel.ZSTD_1);

    private final CompressionLevel level;

    CodecChoice(CompressionLevel level) {
        this.level = level;
    }

    /** The level for every block; none: it is to be chosen. */
    public Optional<CompressionLevel> level() {
        return Optional.ofNullable(level);
    }
}
