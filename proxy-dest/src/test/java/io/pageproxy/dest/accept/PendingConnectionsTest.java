package io.pageproxy.dest.accept;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.pageproxy.dest.Peers;
import io.pageproxy.peer.PeerIdentity;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PendingConnectionsTest {
    private static final PeerIdentity SOURCE = Peers.peer("source", "aa");
    private static final PeerIdentity OTHER = Peers.peer("other", "bb");

    private final PendingConnections pending = new PendingConnections();
    private final List<EmbeddedChannel> channels = new ArrayList<>();
    private final List<Throwable> refusals = new ArrayList<>();

    @AfterEach
    void close() {
        channels.forEach(EmbeddedChannel::finishAndReleaseAll);
        assertThat(pending.count(SOURCE)).isZero();
        assertThat(pending.count(OTHER)).isZero();
    }

    private EmbeddedChannel connect(PeerIdentity peer) {
        EmbeddedChannel channel =
                new EmbeddedChannel(
                        new ChannelInboundHandlerAdapter() {
                            @Override
                            public void exceptionCaught(ChannelHandlerContext ctx, Throwable e) {
                                refusals.add(e);
                            }
                        });
        channels.add(channel);
        pending.begin(channel, peer);
        channels.forEach(EmbeddedChannel::runPendingTasks);
        return channel;
    }

    private void fill() {
        for (int i = 0; i < PendingConnections.MAX_PER_PEER; i++) {
            connect(SOURCE);
        }
    }

    @Test
    void overTheLimitOfAPeerItsOldestConnectionIsRefused() {
        fill();
        assertThat(refusals).isEmpty();
        EmbeddedChannel newest = connect(SOURCE);
        assertThat(refusals)
                .singleElement()
                .isInstanceOfSatisfying(
                        SessionException.class,
                        e -> assertThat(e.reason()).isEqualTo(CloseReason.LIMIT_EXCEEDED));
        assertThat(channels.get(0).isActive()).as("the oldest").isFalse();
        assertThat(channels.get(1).isActive()).isTrue();
        assertThat(newest.isActive()).isTrue();
        assertThat(pending.count(SOURCE)).isEqualTo(PendingConnections.MAX_PER_PEER);
    }

    @Test
    void connectionsOfOtherPeersAreKept() {
        connect(OTHER);
        fill();
        connect(SOURCE);
        assertThat(channels.get(0).isActive()).isTrue();
    }

    @Test
    void connectionOfASessionIsNotCountedAndNotRefused() {
        EmbeddedChannel session = connect(SOURCE);
        pending.end(session, SOURCE);
        fill();
        connect(SOURCE);
        assertThat(session.isActive()).isTrue();
    }

    @Test
    void closedConnectionIsNotCounted() {
        fill();
        channels.get(3).close();
        connect(SOURCE);
        assertThat(refusals).isEmpty();
    }
}
