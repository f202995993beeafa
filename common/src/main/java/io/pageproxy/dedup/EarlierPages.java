package io.pageproxy.dedup;

import io.netty.buffer.ByteBuf;

/** Pages that the stream has carried, by their number in it. */
@FunctionalInterface
public interface EarlierPages {
    /**
     * Appends pages that follow each other to a buffer, which has room.
     *
     * @param firstIndex the first one's number in the stream, not negative
     * @throws io.pageproxy.session.SessionException where they cannot be had
     */
    void append(long firstIndex, int pages, ByteBuf to);
}
