package io.pageproxy.dest.accept;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.pageproxy.local.LocalUsers;
import io.pageproxy.net.Endpoint;
import io.pageproxy.net.EventLoops;
import io.pageproxy.posix.Posix;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Tunnels that come in through a Unix socket. */
@Timeout(30)
class TunnelPortTest {
    @TempDir Path folder;
    private final EventLoopGroup group = EventLoops.create("test", 2);
    private final List<Channel> tunnels = new CopyOnWriteArrayList<>();
    private final List<String> refused = new CopyOnWriteArrayList<>();

    @AfterEach
    void endLoops() {
        group.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    private TunnelPort open(LocalUsers users) throws IOException, InterruptedException {
        return TunnelPort.open(
                Endpoint.parse("unix:" + path()),
                users,
                group,
                Duration.ofSeconds(15),
                new Tunnels(),
                refused::add);
    }

    private Path path() {
        return folder.resolve("dest.sock");
    }

    private SocketChannel connect() throws IOException {
        return SocketChannel.open(UnixDomainSocketAddress.of(path()));
    }

    @Sharable
    private final class Tunnels extends ChannelInitializer<Channel> {
        @Override
        protected void initChannel(Channel channel) {
            tunnels.add(channel);
        }
    }

    @Test
    void tunnelsOfAUserCountAsOneNetworkAndThePortStaysOpen() throws Exception {
        try (TunnelPort port = open(LocalUsers.ownOrRoot());
                SocketChannel one = connect();
                SocketChannel two = connect()) {
            assertThat(port.address()).hasToString("unix:" + path());
            await().until(() -> tunnels.size() == 2);
            assertThat(tunnels)
                    .extracting(SourceNetwork::of)
                    .containsOnly(new SourceNetwork("user " + Posix.effectiveUser()));
            assertThat(one.isConnected() && two.isConnected()).isTrue();
        }
        assertThat(path()).doesNotExist();
        assertThat(refused).isEmpty();
    }

    @Test
    void otherUserIsDisconnectedUnreadAndReportedOnce() throws Exception {
        int other = Posix.effectiveUser() + 1;
        try (TunnelPort port = open(LocalUsers.only(Set.of(other)))) {
            for (int attempt = 0; attempt < 3; attempt++) {
                try (SocketChannel stranger = connect()) {
                    assertThat(stranger.read(ByteBuffer.allocate(1))).isEqualTo(-1);
                }
            }
            assertThat(port.address()).hasToString("unix:" + path());
        }
        assertThat(tunnels).isEmpty();
        assertThat(refused).hasSize(1);
        assertThat(refused.get(0))
                .contains("a tunnel of user " + Posix.effectiveUser())
                .contains("use --listen-uid " + Posix.effectiveUser());
    }
}
