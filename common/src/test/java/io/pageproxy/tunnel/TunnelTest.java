package io.pageproxy.tunnel;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.pageproxy.frame.Frame;
import io.pageproxy.frame.Frame.Abort;
import io.pageproxy.frame.FrameDecoder;
import io.pageproxy.frame.FrameEncoder;
import io.pageproxy.peer.PeerIdentity;
import io.pageproxy.peer.PeerNames;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.Side;
import io.pageproxy.tls.TlsSessionInfo;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TunnelTest {
    private static final TlsSessionInfo SECURITY =
            new TlsSessionInfo("TLSv1.3", "", "", new PeerIdentity("peer", "00", PeerNames.NONE));
    private static final Outcome FAILED =
            new Outcome(CloseReason.NO_SPACE, Side.DESTINATION, "full", Optional.of("log"));

    private final EmbeddedChannel channel = new EmbeddedChannel();

    private Tunnel tunnel() {
        channel.pipeline()
                .addLast(new WireCounter(), new FrameEncoder(), new KeepaliveHandler(1000));
        return new Tunnel(channel, SECURITY);
    }

    @AfterEach
    void close() {
        channel.finishAndReleaseAll();
    }

    @Test
    void abortSendsReasonKeepsReadingAndLetsPeerClose() {
        Tunnel tunnel = tunnel();
        tunnel.setReading(false);
        tunnel.abort(FAILED);
        assertThat(channel.config().isAutoRead()).isTrue();
        assertThat(channel.isOpen()).isTrue();
        ByteBuf said = channel.readOutbound();
        assertThat(tunnel.sentBytes()).isEqualTo(said.readableBytes());
        assertThat(decode(said))
                .isEqualTo(new Abort(CloseReason.NO_SPACE, "full", Optional.of("log")));
    }

    private static Frame decode(ByteBuf bytes) {
        EmbeddedChannel reader = new EmbeddedChannel(new FrameDecoder());
        reader.writeInbound(bytes);
        Frame frame = reader.readInbound();
        reader.finishAndReleaseAll();
        return frame;
    }

    @Test
    void undeliverableAbortDoesNotKeepConnectionOpen() {
        channel.freezeTime();
        channel.pipeline().addFirst(new Stuck());
        tunnel().abort(FAILED);
        assertThat(channel.isOpen()).isTrue();
        channel.advanceTimeBy(2, TimeUnit.SECONDS);
        channel.runScheduledPendingTasks();
        assertThat(channel.isOpen()).isFalse();
    }

    @Test
    void abortOfClosedTunnelSendsNothing() {
        Tunnel tunnel = tunnel();
        channel.close();
        tunnel.abort(FAILED);
        assertThat(channel.outboundMessages()).isEmpty();
    }

    /** A socket that accepts no writes. */
    private static final class Stuck extends ChannelOutboundHandlerAdapter {
        @Override
        public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
            ((ByteBuf) message).release();
        }
    }
}
