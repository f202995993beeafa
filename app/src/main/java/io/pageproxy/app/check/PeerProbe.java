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
 * Asks a destination whether it would give us a session, over a tunnel as the source makes it. The
 * answer matters: in TLS 1.3 a client's handshake is done before the server has judged it.
 */
final class PeerProbe implements TunnelListener {
    private final String agent;
    private final CompletableFuture<Answer> answer = new CompletableFuture<>();
    private Tunnel tunnel;

    /**
     * What a destination said.
     *
     * @param probed its words
     * @param security who it is, and by what TLS has made sure of it
     */
    record Answer(Probed probed, TlsSessionInfo security) {}

    /** A probe that calls itself {@code agent}. */
    PeerProbe(String agent) {
        this.agent = agent;
    }

    /** Completes with the answer, or with the {@link SessionException} that stands for it. */
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
        // One small frame: there is nothing to slow.
    }

    @Override
    public void onTunnelFailure(CloseReason reason, String message) {
        answer.completeExceptionally(new SessionException(reason, message));
    }
}
