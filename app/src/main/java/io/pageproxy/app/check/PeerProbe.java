package io.pageproxy.app.check;

import io.pageproxy.frame.Frame;
import io.pageproxy.frame.Frame.Abort;
import io.pageproxy.frame.Frame.Probe;
import io.pageproxy.frame.Frame.Probed;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import io.pageproxy.session.Side;
import io.pageproxy.tls.TlsSessionInfo;
import io.pageproxy.tunnel.Tunnel;
import io.pageproxy.tunnel.TunnelListener;
import java.util.concurrent.CompletableFuture;

/**
 * Asks a destination whether it would accept a session, over the same kind of tunnel as a source.
 * The answer is essential: in TLS 1.3 a client's handshake completes before the server has verified
 * the client.
 */
final class PeerProbe implements TunnelListener {
    private final String agent;
    private final CompletableFuture<Answer> answer = new CompletableFuture<>();
    private Tunnel tunnel;

    /**
     * A destination's answer.
     *
     * @param probed the frame
     * @param security its identity and the TLS parameters
     */
    record Answer(Probed probed, TlsSessionInfo security) {}

    /** Creates a probe with a program name and version. */
    PeerProbe(String agent) {
        this.agent = agent;
    }

    /** Completes with the answer, or fails with a {@link SessionException}. */
    CompletableFuture<Answer> answer() {
        return answer;
    }

    @Override
    public void onTunnelUp(Tunnel up) {
        tunnel = up;
        tunnel.send(new Probe(agent));
    }

    @Override
    public void onFrame(Frame frame) {
        if (frame instanceof Probed probed) {
            answer.complete(new Answer(probed, tunnel.security()));
            tunnel.close();
        } else if (frame instanceof Abort abort) {
            throw new SessionException(
                    abort.reason(), "the destination refused: " + abort.message());
        } else {
            throw frame.unexpectedFrom(Side.DESTINATION, "where Probed was due");
        }
    }

    @Override
    public void onWritabilityChanged(boolean writable) {
        // Only one small frame is sent, so there is nothing to slow down.
    }

    @Override
    public void onTunnelFailure(CloseReason reason, String message) {
        answer.completeExceptionally(new SessionException(reason, message));
    }
}
