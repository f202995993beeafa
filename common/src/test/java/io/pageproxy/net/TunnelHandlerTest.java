package io.pageproxy.net;

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
    private final List<String> told = new ArrayList<>();
    private RuntimeException answer;

    private final TunnelListener listener =
            new TunnelListener() {
                @Override
                public void onTunnelUp(Tunnel tunnel) {
                    told.add("up");
                }

                @Override
                public void onFrame(Frame frame) {
                    told.add(frame.toString());
                    if (answer != null) {
                        throw answer;
                    }
                }

                @Override
                public void onWritabilityChanged(boolean writable) {
                    told.add("writable " + writable);
                }

                @Override
                public void onTunnelFailure(CloseReason reason, String message) {
                    told.add(reason + ": " + message);
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
    void aSessionExceptionKeepsItsReason() {
        answer = new SessionException(CloseReason.LIMIT_EXCEEDED, "too much");
        channel.pipeline().context(FrameDecoder.class).fireChannelRead(new Delivered());
        assertThat(told).containsExactly(new Delivered().toString(), "LIMIT_EXCEEDED: too much");
    }

    @Test
    void brokenFramesAreABrokenProtocol() {
        channel.writeInbound(Unpooled.buffer().writeByte(99).writeZero(7));
        assertThat(told).singleElement().asString().startsWith("TUNNEL_PROTOCOL: ").contains("99");
    }

    @Test
    void aSilentPeerAndOneThatTakesTooLongToShakeHandsAreSilent() {
        throwsInPipeline(new PeerSilentException(1500));
        assertThat(told).containsExactly("PEER_SILENT: nothing heard of the peer for 1.5 s");
    }

    @Test
    void aHandshakeThatTakesTooLongIsSilence() {
        channel.pipeline()
                .fireUserEventTriggered(
                        new SslHandshakeCompletionEvent(new SslHandshakeTimeoutException("10 s")));
        assertThat(told).singleElement().asString().startsWith("PEER_SILENT: ");
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void whatIsNotTlsIsABrokenProtocol() {
        throwsInPipeline(new NotSslRecordException("GET /"));
        assertThat(told).singleElement().asString().startsWith("TUNNEL_PROTOCOL: ");
    }

    @Test
    void aRecordThatWasAlteredOnTheWayIsABrokenProtocolAndSaidToBeAltered() {
        SSLException thrown = new SSLException("error:1e000065:Cipher functions:BAD_DECRYPT");
        throwsInPipeline(new DecoderException(thrown));
        assertThat(told)
                .singleElement()
                .asString()
                .startsWith("TUNNEL_PROTOCOL: ")
                .contains("altered on the way");
    }

    @Test
    void aResetIsALostPeer() {
        throwsInPipeline(new IOException("Connection reset by peer"));
        assertThat(told).singleElement().asString().startsWith("PEER_LOST: ");
    }

    @Test
    void anEndBeforeTlsIsUpIsALostPeer() {
        channel.close();
        assertThat(told).containsExactly("PEER_LOST: the connection was closed before TLS was up");
    }

    @Test
    void onlyTheFirstFailureIsTold() {
        throwsInPipeline(new PeerSilentException(1));
        assertThat(channel.isOpen()).isFalse();
        assertThat(told).hasSize(1);
    }

    @Test
    void framesAfterAFailureAreReleasedUnread() {
        TunnelHandler handler = new TunnelHandler(listener);
        ChannelHandlerContext context = channel.pipeline().lastContext();
        ByteBuf content = Unpooled.buffer().writeByte(1);
        handler.exceptionCaught(context, new PeerSilentException(1));
        told.clear();
        handler.channelRead(context, new Block(0, 0, 1, 0, content));
        assertThat(content.refCnt()).isZero();
        assertThat(told).noneMatch(line -> line.contains("Block"));
    }
}
