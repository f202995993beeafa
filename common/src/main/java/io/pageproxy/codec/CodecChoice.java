package io.pageproxy.codec;

import java.util.Locale;
import java.util.Optional;

/** The values of {@code --codec}. */
public enum CodecChoice {
    /** The level that costs least, selected for each block. */
    AUTO(null),
    /** No compression, and no deduplication either. */
    NONE(CompressionLevel.NONE),
    /** LZ4 for each block that it shrinks. */
    LZ4(CompressionLevel.LZ4),
    /** Zstandard level 1 for each block that it shrinks. */
    ZSTD(CompressionLevel.ZSTD_1);

    private final CompressionLevel level;

    CodecChoice(CompressionLevel level) {
        this.level = level;
    }

    /** The level for every block; empty: it is to be selected. */
    public Optional<CompressionLevel> level() {
        return Optional.ofNullable(level);
    }

    /** The word that users write. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
