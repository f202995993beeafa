package io.pageproxy.local;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.pageproxy.net.HostPort;
import io.pageproxy.net.KernelWords;
import io.pageproxy.process.Posix;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A socket that listens at a local address.
 *
 * @param channel the socket; whoever closes it frees the address
 * @param address where it listens, the port being the real one
 */
public record ListeningSocket(Channel channel, LocalAddress address) {

    /**
     * Opens it; blocks, so not to be called on an event loop.
     *
     * @param bootstrap has its event loops and the handler of those who connect
     * @param wanted port 0: any that is free
     * @param option the option that said so, for people
     * @param users who may connect; for the mode of a socket's file only
     * @throws IOException that names the option, the address and why it cannot be listened on
     */
    public static ListeningSocket open(
            ServerBootstrap bootstrap, LocalAddress wanted, String option, LocalUsers users)
            throws IOException, InterruptedException {
        return wanted instanceof LocalAddress.UnixSocket unix
                ? open(bootstrap, unix, option, users)
                : open(bootstrap, (LocalAddress.Tcp) wanted, option);
    }

    private static ListeningSocket open(
            ServerBootstrap bootstrap, LocalAddress.Tcp wanted, String option)
            throws IOException, InterruptedException {
        ChannelFuture bound =
                bootstrap
                        .channel(EpollServerSocketChannel.class)
                        .option(ChannelOption.SO_REUSEADDR, true)
                        .childOption(ChannelOption.TCP_NODELAY, true)
                        .bind(wanted.address().toListenAddress(option))
                        .await();
        if (!bound.isSuccess()) {
            throw new IOException(
                    option
                            + " "
                            + wanted
                            + ": "
                            + KernelWords.of(bound.cause())
                            + "; choose another address or port (0: any that is free)");
        }
        HostPort address = HostPort.of(bound.channel().localAddress());
        return new ListeningSocket(bound.channel(), new LocalAddress.Tcp(address));
    }

    private static ListeningSocket open(
            ServerBootstrap bootstrap,
            LocalAddress.UnixSocket wanted,
            String option,
            LocalUsers users)
            throws IOException, InterruptedException {
        Path path = wanted.path();
        Channel server = null;
        try {
            SocketFile.removeStale(path);
            ChannelFuture bound =
                    bootstrap
                            .channel(EpollServerDomainSocketChannel.class)
                            .bind(new DomainSocketAddress(path.toString()))
                            .await();
            if (!bound.isSuccess()) {
                throw new IOException(
                        KernelWords.of(bound.cause()) + "; choose a path in a folder of yours");
            }
            server = bound.channel();
            SocketFile.setMode(path, users.othersThan(Posix.effectiveUser()));
            return new ListeningSocket(server, wanted);
        } catch (IOException e) {
            if (server != null) {
                server.close();
            }
            throw new IOException(option + " " + wanted + ": " + e.getMessage(), e);
        }
    }
}
