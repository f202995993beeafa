package io.pageproxy.source.tunnel;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.handler.ssl.SslHandler;
import io.pageproxy.frame.Frame;
import io.pageproxy.frame.Frame.Abort;
import io.pageproxy.net.Endpoint;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import io.pageproxy.session.Side;
import io.pageproxy.tls.TlsSessionInfo;
import io.pageproxy.tunnel.Tunnel;
import io.pageproxy.tunnel.TunnelInitializer;
import io.pageproxy.tunnel.TunnelListener;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/**
 * Asks a destination something, over the same kind of tunnel as a source. The answer is essential:
 * in TLS 1.3 a client's handshake completes before the server has verified the client.
 *
 * @param <A> the frame that answers
 */
public final class PeerQuestion<A extends Frame> {
    private final Frame question;
    private final Class<A> kind;
    private final CompletableFuture<Answer<A>> answer = new CompletableFuture<>();

    /**
     * A destination's answer.
     *
     * @param frame what it says
     * @param security its identity and the TLS parameters
     */
    public record Answer<A>(A frame, TlsSessionInfo security) {}

    /** A question, which is the first frame of a connection, and the frame that answers it. */
    public PeerQuestion(Frame question, Class<A> kind) {
        this.question = question;
        this.kind = kind;
    }

    /**
     * Connects, asks once, and waits for the answer; blocks, so not on an event loop.
     *
     * @param tls makes the TLS handler of the connection
     * @param timeout limit of each step
     * @throws SessionException if the destination cannot be reached, does not answer, or refuses
     */
    public Answer<A> ask(
            Endpoint destination,
            Function<Channel, SslHandler> tls,
            EventLoop loop,
            Duration timeout)
            throws InterruptedException {
        Channel tunnel =
                new DestinationDialer(destination, timeout)
                        .dial(
                                loop,
                                new TunnelInitializer(
                                        tls, channel -> new Connection(), timeout.toMillis()));
        try {
            return answer.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw (SessionException) e.getCause();
        } catch (TimeoutException e) {
            throw new SessionException(
                    CloseReason.PEER_SILENT,
                    "no answer within --handshake-timeout; see the destination's log");
        } finally {
            tunnel.close().awaitUninterruptibly();
        }
    }

    /** Its connection. */
    private final class Connection implements TunnelListener {
        private Tunnel tunnel;

        @Override
        public void onTunnelUp(Tunnel up) {
            tunnel = up;
            tunnel.send(question);
        }

        @Override
        public void onFrame(Frame frame) {
            if (kind.isInstance(frame)) {
                answer.complete(new Answer<>(kind.cast(frame), tunnel.security()));
                tunnel.close();
            } else if (frame instanceof Abort abort) {
                throw new SessionException(
                        abort.reason(), "the destination refused: " + abort.message());
            } else {
                throw frame.unexpectedFrom(
                        Side.DESTINATION, "where " + kind.getSimpleName() + " was due");
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
}
