package io.pageproxy.dest.lanes;

import io.pageproxy.dest.session.SessionFacts;
import io.pageproxy.frame.Frame.Block;
import io.pageproxy.frame.Frame.End;
import io.pageproxy.frame.LaneGrant;
import java.util.concurrent.CompletableFuture;

/**
 * The connections that carry the blocks of one session, as the session sees them: one stream, in
 * order, which a {@link LaneListener} receives. For the session's event loop.
 */
public interface DestLanes {
    /** What ACCEPT tells the source about lanes. */
    LaneGrant grant();

    /**
     * The stream begins.
     *
     * @throws io.pageproxy.session.SessionException TUNNEL_PROTOCOL if a lane has not joined
     */
    void open();

    /** A block arrived on the session's own connection; ownership of its content passes. */
    void take(Block block);

    /** The end of the stream arrived on the session's own connection. */
    void end(End end);

    /** Starts or stops delivery; while stopped, the source is slowed down. */
    void flow(boolean on);

    /** The session is over: nothing is delivered any more. */
    void over();

    /** Completes when all connections are closed; further lanes close with the first. */
    CompletableFuture<Void> closed();

    /** The traffic of all lanes. */
    SessionFacts.Wire wire();
}
