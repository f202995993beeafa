package io.pageproxy.codec;

import java.nio.ByteBuffer;

/**
 * Selects the compression level of each block. One instance serves one session, on the session's
 * thread.
 */
public interface LevelSelector {

    /**
     * The level that was selected for a block.
     *
     * @param contentKind how the selector classifies the block's content
     */
    record Choice(CompressionLevel level, int contentKind) {
        /** For a block that is too short to be worth compressing. */
        static final Choice NONE = new Choice(CompressionLevel.NONE, 0);
    }

    /**
     * Selects the level of the next block.
     *
     * @param plain the bytes to be coded; position and limit stay
     */
    Choice select(ByteBuffer plain);

    /**
     * Reports the result for a block.
     *
     * @param choice what {@link #select} returned for it
     * @param codedBytes its coded length; the plain length if it did not shrink
     * @param nanos how long the compression took
     */
    void onCoded(Choice choice, int plainBytes, int codedBytes, long nanos);

    /** Whether the link limits the stream now, so that time spent on sending fewer bytes pays. */
    boolean linkIsExpensive();

    /**
     * Keeps what this session has learned for later sessions. Called when the whole stream has
     * arrived; no block follows.
     */
    void keepHistory();

    /** A selector that always selects the same level. */
    static LevelSelector fixed(CompressionLevel level) {
        return new LevelSelector() {
            private final Choice choice = new Choice(level, 0);

            @Override
            public Choice select(ByteBuffer plain) {
                return choice;
            }

            @Override
            public void onCoded(Choice choice, int plainBytes, int codedBytes, long nanos) {}

            @Override
            public void keepHistory() {}

            @Override
            public boolean linkIsExpensive() {
                return level != CompressionLevel.NONE;
            }
        };
    }
}
