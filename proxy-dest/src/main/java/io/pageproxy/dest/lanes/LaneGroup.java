package io.pageproxy.dest.lanes;

import io.netty.channel.EventLoop;
import io.pageproxy.frame.Frame.Block;
import io.pageproxy.frame.Frame.End;
import io.pageproxy.session.CloseReason;

/** The lanes of one session, as each further lane sees them; on the session's event loop. */
interface LaneGroup {
    /** The event loop that the other methods run on. */
    EventLoop loop();

    /** A connection with the session's token has become that lane. */
    void admit(int lane, LaneCredit credit);

    /** A block arrived on that lane; ownership of its content passes. */
    void take(int lane, Block block);

    /** The end of the stream arrived on that lane. */
    void end(int lane, End end);

    /** That lane is closed or has failed. */
    void lost(int lane, CloseReason reason, String message);
}
