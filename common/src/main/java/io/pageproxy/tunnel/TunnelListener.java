package io.pageproxy.tunnel;

import io.pageproxy.frame.Frame;
import io.pageproxy.session.CloseReason;

/**
 * Receives the events of a tunnel on its event loop; implemented by the session's state machine.
 */
public interface TunnelListener {
    /**
     * TLS is established: the peer has been authenticated and is allowed. Never called on a
     * listener to which an established tunnel was handed over.
     */
    default void onTunnelUp(Tunnel tunnel) {
        throw new IllegalStateException("the tunnel is up already");
    }

    /**
     * A frame other than Keepalive arrived. The listener releases the content of a Block. It may
     * throw a {@link io.pageproxy.session.SessionException}, which is reported back through {@link
     * #onTunnelFailure}.
     */
    void onFrame(Frame frame);

    /** The channel has become writable or unwritable; ignored by a listener that sends little. */
    default void onWritabilityChanged(boolean writable) {}

    /** The tunnel can no longer be used. Called at most once, also for an expected end. */
    void onTunnelFailure(CloseReason reason, String message);
}
