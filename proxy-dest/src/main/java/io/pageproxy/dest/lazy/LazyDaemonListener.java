package io.pageproxy.dest.lazy;

import io.netty.buffer.ByteBuf;
import io.pageproxy.process.ExitStatus;

/** Events of a lazy-pages daemon, on the session's event loop. */
interface LazyDaemonListener {
    /** The daemon has sent something; the caller owns the buffer. */
    void onDaemonBytes(ByteBuf in);

    /** The images that the daemon reads are complete; it has requested nothing yet. */
    void onImagesThere();

    /** Whether more may be sent to the daemon has changed. */
    void onDaemonWritable(boolean writable);

    /** The daemon's socket is closed. */
    void onDaemonGone();

    /** The session has given up the daemon before it was started. */
    void onNoDaemon();

    /** The daemon has exited. */
    void onDaemonExit(ExitStatus exit);
}
