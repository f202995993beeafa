package io.pageproxy.net;

import io.pageproxy.frame.Frame;
import io.pageproxy.session.CloseReason;

/**
 * Receives the events of a tunnel on its event loop; implemented by the session's state machine.
 */
public interface TunnelListener {
    /** TLS is established: the peer has been authenticated and is allowed. */
    void onTunnelUp(Tunnel tunnel);

    /**
     * A frame other than Keepalive arrived. The listener releases the content of a Block. It may
     * throw a {@link io.pageproxy.session.SessionException}, which is reported back through {@link
     * #onTunnelFailure}.
     */
    void onFrame(Frame frame);

    /** The channel has become writable or unwritable. */
    void onWritabilityChanged(boolean writable);

    /** The tunnel can no longer be used. Called at most once, also for an expected end. */
    void onTunnelFailure(CloseReason reason, String message);
}
