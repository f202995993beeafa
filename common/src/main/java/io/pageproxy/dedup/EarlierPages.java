package io.pageproxy.dedup;

import io.netty.buffer.ByteBuf;

/** The pages that the stream has carried, by their number. */
@FunctionalInterface
public interface EarlierPages {
    /**
     * Appends consecutive pages to a buffer that has room. May block if {@link #tryAppend} has
     * returned false.
     *
     * @param firstIndex number of the first page in the stream, not negative
     * @throws io.pageproxy.session.SessionException if the pages are not available
     */
    void append(long firstIndex, int pages, ByteBuf to);

    /**
     * Does the same if that is possible without waiting for a disk.
     *
     * @return whether the pages were appended; if not, nothing was
     */
    default boolean tryAppend(long firstIndex, int pages, ByteBuf to) {
        append(firstIndex, pages, to);
        return true;
    }
}
