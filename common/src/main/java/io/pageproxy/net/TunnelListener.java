package io.pageproxy.net;

import io.pageproxy.frame.Frame;
import io.pageproxy.session.CloseReason;

/** What happens on a tunnel, told to the session's state machine on its event loop. */
public interface TunnelListener {
    /** TLS is up: the peer has been authenticated and allowed. */
    void onTunnelUp(Tunnel tunnel);

    /**
     * A frame other than Keepalive arrived. A Block's content is the listener's to release. It may
     * throw a {@link io.pageproxy.session.SessionException}, which comes back as {@link
     * #onTunnelFailure}.
     */
    void onFrame(Frame frame);

    /** Whether more may be written has changed. */
    void onWritabilityChanged(boolean writable);

    /** The tunnel is of no more use. Told at most once, and also where the end was expected. */
    void onTunnelFailure(CloseReason reason, String message);
}
