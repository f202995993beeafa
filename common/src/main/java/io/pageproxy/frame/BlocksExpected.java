package io.pageproxy.frame;

/** User event that permits a {@link FrameDecoder} to accept blocks from now on. */
public enum BlocksExpected {
    /** The only instance. */
    INSTANCE
}
