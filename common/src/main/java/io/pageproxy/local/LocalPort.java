package io.pageproxy.local;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.util.function.Consumer;

/**
 * A port that is open until the right client has come and then closed: a second one is refused by
 * the kernel; a dumper, before it freezes anything.
 */
public final class LocalPort implements AutoCloseable {
    private final ListeningSocket socket;

    private LocalPort(ListeningSocket socket) {
        this.socket = socket;
    }

    /**
     * Opens the port; blocks, so not to be called on an event loop.
     *
     * @param expected who is awaited, for people
     * @param users whose it may be
     * @param loop the session's, on which its socket will run
     * @param initializer gives its socket its pipeline
     * @param onRefused hears on the event loop who was refused, once for each user
     * @throws IOException that names the address and why it cannot be listened on
     */
    public static LocalPort open(
            LocalAddress address,
            LocalClient expected,
            LocalUsers users,
            EventLoop loop,
            ChannelHandler initializer,
            Consumer<String> onRefused)
            throws IOException, InterruptedException {
        ServerBootstrap bootstrap =
                new ServerBootstrap()
                        .group(loop, loop)
                        .option(ChannelOption.SO_BACKLOG, 1)
                        .childHandler(new LocalGate(expected, users, initializer, onRefused));
        return new LocalPort(
                ListeningSocket.open(bootstrap, address, expected.addressOption(), users));
    }

    /** Where it listens, the port being the real one. */
    public LocalAddress address() {
        return socket.address();
    }

    /** Closes it, where that has not been done, and does not wait for that; any thread. */
    public void abandon() {
        socket.channel().close();
    }

    /** Closes it, where that has not been done; blocks until its address is free. */
    @Override
    public void close() {
        socket.channel().close().awaitUninterruptibly();
    }
}
