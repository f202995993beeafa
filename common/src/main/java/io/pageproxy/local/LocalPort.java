package io.pageproxy.local;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.pageproxy.net.Endpoint;
import java.io.IOException;
import java.util.function.Consumer;

/**
 * A listening socket that accepts one permitted client and is then closed, so that the kernel
 * refuses any further client; a second dumper thus fails before it freezes any task.
 */
public final class LocalPort implements AutoCloseable {
    private final Channel server;
    private final Endpoint address;

    private LocalPort(Channel server) {
        this.server = server;
        this.address = ListeningSocket.addressOf(server);
    }

    /**
     * Opens the port. Blocks, so it must not be called on an event loop.
     *
     * @param expected the expected client, for messages
     * @param users the permitted users
     * @param loop event loop of the session, which the client's channel is registered with
     * @param initializer assembles the pipeline of the accepted client
     * @param onRefused receives a message about each refused user on the event loop, once per user
     * @throws IOException with a message that names the address and the reason
     */
    public static LocalPort open(
            Endpoint address,
            LocalClient expected,
            LocalUsers users,
            EventLoop loop,
            ChannelHandler initializer,
            Consumer<String> onRefused)
            throws IOException, InterruptedException {
        PeerCredentialCheck guard = new PeerCredentialCheck(expected, users, onRefused);
        ServerBootstrap bootstrap =
                new ServerBootstrap()
                        .group(loop, loop)
                        .option(ChannelOption.SO_BACKLOG, 1)
                        .childHandler(new FirstClientInitializer(guard, initializer));
        return new LocalPort(
                ListeningSocket.open(bootstrap, address, expected.addressOption(), users));
    }

    /** The address that it listens on, with the actual port. */
    public Endpoint address() {
        return address;
    }

    /** Closes the port without waiting, if it is still open; callable on any thread. */
    public void abandon() {
        server.close();
    }

    /** Closes the port, if it is still open, and blocks until its address is free. */
    @Override
    public void close() {
        server.close().awaitUninterruptibly();
    }
}
