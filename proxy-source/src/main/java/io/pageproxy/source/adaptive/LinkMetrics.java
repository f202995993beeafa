package io.pageproxy.source.adaptive;

/** What is known of the link that blocks are sent over. To be used on the session's event loop. */
public interface LinkMetrics {

    /** What limited the stream in its last interval. */
    enum Interval {
        /** The interval is not over, or was reported before. */
        IN_PROGRESS,
        /** The sender: the link, or the buffers on the way to it, took all bytes at once. */
        SENDER_LIMITED,
        /** The buffers are full for the first time: from now on the link shows its pace. */
        BUFFERS_FILLED,
        /** The link. */
        LINK_LIMITED
    }

    /**
     * Sets the pace that an earlier session has seen on the same link. It holds until this session
     * has measured. To be called before any other method.
     *
     * @param nanosPerByte see {@link #nanosPerByte}
     */
    void expect(double nanosPerByte);

    /** The result of the last interval; each is reported once. */
    Interval pollInterval();

    /** Pace of the link: time for one byte while the link was the limit; 0 if it never was. */
    double nanosPerByte();

    /** How full the send buffer is: from 0, empty, to 1, where the stream waits. */
    double sendBufferFill();
}
