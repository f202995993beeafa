package io.pageproxy.dest;

import io.pageproxy.dest.session.SessionFacts;
import io.pageproxy.frame.Frame.Block;
import io.pageproxy.frame.Frame.End;
import io.pageproxy.frame.LaneGrant;
import java.util.concurrent.CompletableFuture;

/**
 * The connections by which one session's blocks come, as the session sees them: one stream, in
 * order. To be used on the session's event loop.
 */
interface DestLanes {
    /** What the source is told in Accept. */
    LaneGrant grant();

    /**
     * The stream begins.
     *
     * @throws io.pageproxy.session.SessionException where lanes are missing
     */
    void open();

    /** A block has come on the session's own connection; ownership of its content passes. */
    void take(Block block);

    /** The end has been said on the session's own connection. */
    void end(End end);

    /** Goes on, or keeps what comes back, which slows the source. */
    void flow(boolean on);

    /** The session is over: no block goes on any more. */
    void over();

    /** Completes when all connections are closed; the further ones close with the first. */
    CompletableFuture<Void> closed();

    /** Bytes sent on the wire so far, on all of them. */
    long sentBytes();

    /** Bytes received on the wire so far, on all of them. */
    long receivedBytes();

    /** What has gone over all of them so far. */
    default SessionFacts.Wire wire() {
        return new SessionFacts.Wire(sentBytes(), receivedBytes(), grant().lanes());
    }
}
