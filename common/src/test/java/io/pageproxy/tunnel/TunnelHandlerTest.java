package io.pageproxy.tunnel;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import io.pageproxy.frame.Frame;
import io.pageproxy.frame.Frame.Block;
import io.pageproxy.frame.Frame.Delivered;
import io.pageproxy.frame.FrameDecoder;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TunnelHandlerTest {
    private final List<String> events = new ArrayList<>();
    private RuntimeException answer;

    private final TunnelListener listener =
            new TunnelListener() {
                @Override
                public void onTunnelUp(Tunnel tunnel) {
                    events.add("up");
                }

                @Override
                public void onFrame(Frame frame) {
                    events.add(frame.toString());
                    if (answer != null) {
                        throw answer;
                    }
                }

                @Override
                public void onWritabilityChanged(boolean writable) {
                    events.add("writable " + writable);
                }

                @Override
                public void onTunnelFailure(CloseReason reason, String message) {
                    events.add(reason + ": " + message);
                }
            };

    private final EmbeddedChannel channel =
            new EmbeddedChannel(new FrameDecoder(), new TunnelHandler(listener));

    @AfterEach
    void close() {
        channel.finishAndReleaseAll();
    }

    private void throwsInPipeline(Throwable cause) {
        channel.pipeline().fireExceptionCaught(cause);
    }

    @Test
    void sessionExceptionKeepsItsReason() {
        answer = new SessionException(CloseReason.LIMIT_EXCEEDED, "too much");
        channel.pipeline().context(FrameDecoder.class).fireChannelRead(new Delivered());
        assertThat(events).containsExactly(new Delivered().toString(), "LIMIT_EXCEEDED: too much");
    }

    @Test
    void malformedFrameIsProtocolError() {
        channel.writeInbound(Unpooled.buffer().writeByte(99).writeZero(7));
        assertThat(events)
                .singleElement()
                .asString()
                .startsWith("TUNNEL_PROTOCOL: ")
                .contains("99");
    }

    @Test
    void silentPeerIsReportedAsPeerSilent() {
        throwsInPipeline(new PeerSilentException(1500));
        assertThat(events).containsExactly("PEER_SILENT: nothing received from the peer for 1.5 s");
    }

    @Test
    void handshakeTimeoutIsReportedAsPeerSilent() {
        channel.pipeline()
                .fireUserEventTriggered(
                        new SslHandshakeCompletionEvent(new SslHandshakeTimeoutException("10 s")));
        assertThat(events).singleElement().asString().startsWith("PEER_SILENT: ");
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void nonTlsBytesAreProtocolError() {
        throwsInPipeline(new NotSslRecordException("GET /"));
        assertThat(events).singleElement().asString().startsWith("TUNNEL_PROTOCOL: ");
    }

    @Test
    void alteredRecordIsProtocolErrorThatSaysSo() {
        SSLException thrown = new SSLException("error:1e000065:Cipher functions:BAD_DECRYPT");
        throwsInPipeline(new DecoderException(thrown));
        assertThat(events)
                .singleElement()
                .asString()
                .startsWith("TUNNEL_PROTOCOL: ")
                .contains("altered on the way");
    }

    @Test
    void resetIsReportedAsPeerLost() {
        throwsInPipeline(new IOException("Connection reset by peer"));
        assertThat(events).singleElement().asString().startsWith("PEER_LOST: ");
    }

    @Test
    void closeDuringHandshakeIsReportedAsPeerLost() {
        channel.close();
        assertThat(events)
                .containsExactly("PEER_LOST: the connection was closed before TLS was up");
    }

    @Test
    void onlyFirstFailureIsReported() {
        throwsInPipeline(new PeerSilentException(1));
        assertThat(channel.isOpen()).isFalse();
        assertThat(events).hasSize(1);
    }

    @Test
    void framesAfterFailureAreReleased() {
        TunnelHandler handler = new TunnelHandler(listener);
        ChannelHandlerContext context = channel.pipeline().lastContext();
        ByteBuf content = Unpooled.buffer().writeByte(1);
        handler.exceptionCaught(context, new PeerSilentException(1));
        events.clear();
        handler.channelRead(context, new Block(0, 0, 0, 1, 0, content));
        assertThat(content.refCnt()).isZero();
        assertThat(events).noneMatch(line -> line.contains("Block"));
    }
}
