package io.pageproxy.pagestream;

import io.netty.buffer.ByteBuf;

/** Hears of each record and of the pages behind it, in stream order, on the parser's thread. */
public interface PageStreamListener {
    /** Told of a record, which has been validated. */
    void onRecord(PageRecord page);

    /**
     * Told of content of pages: {@code lengthBytes} at {@code index} of the buffer. It may be a
     * part of a record's pages, cut anywhere. The buffer stays the caller's.
     */
    void onPages(ByteBuf in, int index, int lengthBytes);
}
