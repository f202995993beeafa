package io.pageproxy.codec;

/** How a block's content is coded; the number stands in the block's header. */
public enum BlockCodec {
    /** As it is. */
    STORED(0),
    /** One LZ4 block, without a frame of its own. */
    LZ4(1);

    private final int code;

    BlockCodec(int code) {
        this.code = code;
    }

    /** The number on the wire. */
    public int code() {
        return code;
    }
}
