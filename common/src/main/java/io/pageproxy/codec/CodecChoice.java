package io.pageproxy.codec;

import java.util.Optional;

/** What may be asked for by {@code --codec}. */
public enum CodecChoice {
    /** What pays, block by block. */
    AUTO(null),
    /** Blocks as they are, pages that were sent before and pages of zeros too. */
    NONE(Effort.NONE),
    /** LZ4 wherever it shrinks a block. */
    LZ4(Effort.LZ4),
    /** Zstandard of level 1 wherever it shrinks a block. */
    ZSTD(Effort.ZSTD);

    private final Effort effort;

    CodecChoice(Effort effort) {
        this.effort = effort;
    }

    /** The effort for every block; none: it is to be chosen. */
    public Optional<Effort> effort() {
        return Optional.ofNullable(effort);
    }
}
