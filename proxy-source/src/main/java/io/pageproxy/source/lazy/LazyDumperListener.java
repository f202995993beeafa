package io.pageproxy.source.lazy;

import io.netty.buffer.ByteBuf;

/** What the CRIU that keeps the pages does, told on the session's event loop. */
interface LazyDumperListener {
    /** The connection stands. */
    void onDumper(LazyDumper dumper);

    /** It says something; the buffer is the caller's. */
    void onDumperBytes(ByteBuf in);

    /** Nothing more lies there to be read just now. */
    void onDumperPause();

    /** Its socket is closed. */
    void onDumperGone();
}
