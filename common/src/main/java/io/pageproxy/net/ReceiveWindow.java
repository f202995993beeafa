package io.pageproxy.net;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.IntegerUnixChannelOption;

/**
 * Gives a TCP socket a large receive window at once. Left to itself the kernel begins with 64 KiB
 * and lets it grow by what is read in a round trip; from a sender on the same host that can take
 * hundreds of megabytes, read in pieces of 96 KiB.
 *
 * <p>Without a privilege {@code SO_RCVBUF} goes up to {@code net.core.rmem_max} only, 208 KiB
 * mostly, and ends the growth for good. {@code SO_RCVLOWAT} makes the kernel provide for as much as
 * is to be awaited, up to half of {@code net.ipv4.tcp_rmem}'s maximum, and that stays when it is
 * taken back (Linux 4.18, {@code tcp_set_rcvlowat} in net/ipv4/tcp.c).
 */
public final class ReceiveWindow {
    /** Linux's numbers on all that pageproxy's encryption is built for (asm-generic/socket.h). */
    private static final int SOL_SOCKET = 1;

    private static final int SO_RCVLOWAT = 18;
    private static final IntegerUnixChannelOption LEAST_READ_BYTES =
            new IntegerUnixChannelOption("SO_RCVLOWAT", SOL_SOCKET, SO_RCVLOWAT);

    private ReceiveWindow() {}

    /**
     * Opens the window of a TCP socket, as far as the kernel lets us; nothing for other sockets. On
     * the channel's event loop, before it is read.
     *
     * @param bytes how much the sender may have sent that is not read yet
     */
    public static void open(Channel channel, int bytes) {
        if (!(channel instanceof EpollSocketChannel)) {
            return;
        }
        try {
            channel.config().setOption(LEAST_READ_BYTES, bytes);
        } catch (ChannelException e) {
            return; // It grows by itself, if slowly.
        }
        channel.config().setOption(LEAST_READ_BYTES, 1);
    }
}
