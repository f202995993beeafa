package io.pageproxy.dest.pageserver;

import io.netty.buffer.ByteBuf;

/** Receives the events of a page server on the session's event loop. */
public interface PageServerListener {
    /** The page server has sent something; the caller owns the buffer. */
    void onPageServerBytes(ByteBuf in);

    /** Whether more may be sent to the page server has changed. */
    void onPageServerWritable(boolean writable);
}
