package io.pageproxy.codec;

import io.pageproxy.frame.FrameLayout;

/** How the content of a block is encoded; its number is in the block's header. */
public enum BlockCodec {
    /** Not compressed. */
    STORED(FrameLayout.STORED_CODE, "none"),
    /** One LZ4 block, without a frame of its own. */
    LZ4(1, "lz4"),
    /** One Zstandard frame, of any level. */
    ZSTD(2, "zstd");

    private final int code;
    private final String label;

    BlockCodec(int code, String label) {
        this.code = code;
        this.label = label;
    }

    /** The number on the wire. */
    public int code() {
        return code;
    }

    /** The name in options and summaries. */
    public String label() {
        return label;
    }
}
