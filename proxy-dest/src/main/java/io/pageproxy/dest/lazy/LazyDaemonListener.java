package io.pageproxy.dest.lazy;

import io.netty.buffer.ByteBuf;
import io.pageproxy.process.ExitStatus;

/** What the lazy-pages daemon does, told on the session's event loop. */
interface LazyDaemonListener {
    /** It asks for something; the buffer is the caller's. */
    void onDaemonBytes(ByteBuf in);

    /** Whether it takes more has changed. */
    void onDaemonWritable(boolean writable);

    /** Its socket is closed. */
    void onDaemonGone();

    /** It was given up before there was one. */
    void onNoDaemon();

    /** It has ended. */
    void onDaemonExit(ExitStatus exit);
}
