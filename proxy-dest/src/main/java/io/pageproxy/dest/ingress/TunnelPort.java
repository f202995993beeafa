package io.pageproxy.dest.ingress;

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

/** The port where tunnels come in. */
public final class TunnelPort implements AutoCloseable {
    private static final LocalClient CLIENT = new LocalClient("tunnel", "--listen", "--listen-uid");

    private final Channel server;

    private TunnelPort(Channel server) {
        this.server = server;
    }

    /**
     * Opens the port; blocks, so not to be called on an event loop.
     *
     * @param users whose processes may connect, where that is a Unix socket
     * @param peerTimeout what is sent over TCP and not acknowledged for so long ends the
     *     connection: it notices a dead source even while nothing is read of it
     * @param initializer gives each connection its pipeline
     * @param onRefused hears which user was refused, once for each; on an event loop
     * @throws IOException that names {@code --listen}, the address and why it cannot be listened on
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

    /** Where it listens, the port being the real one. */
    public Endpoint address() {
        return ListeningSocket.addressOf(server);
    }

    /** No more connections; those that are there go on. */
    @Override
    public void close() {
        server.close().awaitUninterruptibly();
    }
}
