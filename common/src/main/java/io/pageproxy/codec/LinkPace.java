package io.pageproxy.codec;

/** What is known of the link that blocks go to. On the session's event loop. */
public interface LinkPace {

    /** How the last stretch of the stream went. */
    enum News {
        /** The stretch is not over. */
        NONE,
        /** The link took all that there was, or the buffers on the way to it did. */
        OUTRAN_US,
        /** The buffers are full for the first time: from now on the link shows its pace. */
        FILLED,
        /** The link was the bottleneck. */
        HELD_US_UP
    }

    /**
     * What an earlier session has seen of the same link; it holds until this one has seen more.
     * Before the first question.
     *
     * @param nanosPerByte see {@link #nanosPerByte}
     */
    void expect(double nanosPerByte);

    /** What has come out since this was asked last; each stretch is told of once. */
    News news();

    /** What a byte took over the last stretch in which the link was the bottleneck; 0: never. */
    double nanosPerByte();

    /** How full the buffer before the link is: from 0, empty, to 1, where the stream waits. */
    double backlog();
}
