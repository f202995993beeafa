package io.pageproxy.dest.lanes;

import io.pageproxy.frame.Frame.Block;
import io.pageproxy.frame.Frame.End;
import io.pageproxy.session.CloseReason;

/** Receives the stream of one session, whichever lanes carry it, on the session's event loop. */
public interface LaneListener {
    /** The next block of the stream; ownership of its content passes. */
    void onBlock(Block block);

    /** The end of the stream, after all blocks. */
    void onEnd(End end);

    /** The stream cannot go on, so the session fails. */
    void fail(CloseReason reason, String message);
}
