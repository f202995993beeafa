package io.pageproxy.dedup;

import io.netty.buffer.ByteBuf;

/** Pages that the stream has carried, by their number in it. */
@FunctionalInterface
public interface EarlierPages {
    /**
     * Appends pages that follow each other to a buffer, which has room. May block where {@link
     * #tryAppend} has said that they have to be waited for.
     *
     * @param firstIndex the first one's number in the stream, not negative
     * @throws io.pageproxy.session.SessionException where they cannot be had
     */
    void append(long firstIndex, int pages, ByteBuf to);

    /**
     * Does the same if that can be done without waiting for a disk.
     *
     * @return false: it cannot, and nothing was appended
     */
    default boolean tryAppend(long firstIndex, int pages, ByteBuf to) {
        append(firstIndex, pages, to);
        return true;
    }
}
