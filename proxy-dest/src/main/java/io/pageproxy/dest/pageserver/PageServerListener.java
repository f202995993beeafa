package io.pageproxy.dest.pageserver;

import io.netty.buffer.ByteBuf;

/** What the page server does, told to the session's state machine on its event loop. */
public interface PageServerListener {
    /** It said something; the buffer stays the caller's. */
    void onPageServerBytes(ByteBuf in);

    /** Whether it keeps up has changed. */
    void onPageServerWritable(boolean writable);
}
