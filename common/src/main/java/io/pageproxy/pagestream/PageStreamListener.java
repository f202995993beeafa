package io.pageproxy.pagestream;

import io.netty.buffer.ByteBuf;

/** Receives each record and its pages in stream order, on the parser's thread. */
public interface PageStreamListener {
    /** Receives a validated record. */
    void onRecord(PageRecord page);

    /**
     * Receives page content: {@code lengthBytes} at {@code index} of the buffer. It may be any part
     * of a record's pages. The caller keeps ownership of the buffer.
     */
    void onPages(ByteBuf in, int index, int lengthBytes);
}
