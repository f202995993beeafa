package io.pageproxy.dest.accept;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.EpollChannelOption;
import io.pageproxy.local.ListeningSocket;
import io.pageproxy.local.LocalClient;
import io.pageproxy.local.LocalUsers;
import io.pageproxy.local.PeerCredentialCheck;
import io.pageproxy.net.Endpoint;
import java.io.IOException;
import java.time.Duration;
import java.util.function.Consumer;

/** The listening port for tunnels of sources. */
public final class TunnelPort implements AutoCloseable {
    private static final LocalClient CLIENT = new LocalClient("tunnel", "--listen", "--listen-uid");

    private final Channel server;

    private TunnelPort(Channel server) {
        this.server = server;
    }

    /**
     * Opens the port; blocks, so not for an event loop.
     *
     * @param users the users whose processes may connect, if the address is a Unix socket
     * @param peerTimeout how long data sent over TCP may stay unacknowledged before the connection
     *     is closed: detects a dead source even while its connection is not read
     * @param initializer sets up the pipeline of each connection
     * @param onRefused is told of a refused user, once for each; on an event loop
     * @throws IOException if the address cannot be listened on; names {@code --listen}, the address
     *     and the cause
     */
    public static TunnelPort open(
            Endpoint address,
            LocalUsers users,
            EventLoopGroup group,
            Duration peerTimeout,
            ChannelHandler initializer,
            Consumer<String> onRefused)
            throws IOException, InterruptedException {
        ServerBootstrap bootstrap = new ServerBootstrap().group(group, group);
        if (address instanceof Endpoint.UnixSocket) {
            PeerCredentialCheck guard = new PeerCredentialCheck(CLIENT, users, onRefused);
            bootstrap.childHandler(new TunnelGate(guard, initializer));
        } else {
            bootstrap
                    .childOption(EpollChannelOption.TCP_USER_TIMEOUT, (int) peerTimeout.toMillis())
                    .childHandler(initializer);
        }
        return new TunnelPort(
                ListeningSocket.open(bootstrap, address, CLIENT.addressOption(), users));
    }

    /** The address it listens on, with the actual port. */
    public Endpoint address() {
        return ListeningSocket.addressOf(server);
    }

    /** Accepts no more connections; existing ones stay open. */
    @Override
    public void close() {
        server.close().awaitUninterruptibly();
    }
}
