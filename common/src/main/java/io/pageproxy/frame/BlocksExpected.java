package io.pageproxy.frame;

/** The event that tells a {@link FrameDecoder} that its peer may send blocks from now on. */
public enum BlocksExpected {
    /** The only one. */
    INSTANCE
}
