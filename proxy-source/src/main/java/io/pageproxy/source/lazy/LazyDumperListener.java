package io.pageproxy.source.lazy;

import io.netty.buffer.ByteBuf;

/** Receives the events of the CRIU that keeps the pages, on the session's event loop. */
interface LazyDumperListener {
    /** The connection is up. */
    void onDumper(LazyDumper dumper);

    /** CRIU has sent bytes; the buffer stays the caller's. */
    void onDumperBytes(ByteBuf in);

    /** Nothing more can be read for now. */
    void onDumperPause();

    /** The socket is closed. */
    void onDumperGone();
}
