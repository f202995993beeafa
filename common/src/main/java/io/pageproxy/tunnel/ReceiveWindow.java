package io.pageproxy.tunnel;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.IntegerUnixChannelOption;

/**
 * Gives a TCP socket a large receive window immediately. By default the kernel starts with 64 KiB
 * and grows the window by the amount read per round trip; with a sender on the same host that can
 * take hundreds of megabytes, read in pieces of 96 KiB.
 *
 * <p>Without privileges, {@code SO_RCVBUF} is limited to {@code net.core.rmem_max}, usually 208
 * KiB, and disables further growth. {@code SO_RCVLOWAT} makes the kernel provide space for the
 * requested amount, up to half of {@code net.ipv4.tcp_rmem}'s maximum, and that space remains when
 * the option is reset (Linux 4.18, {@code tcp_set_rcvlowat} in net/ipv4/tcp.c).
 */
public final class ReceiveWindow {
    /** Values of asm-generic/socket.h, valid on all architectures that the TLS library supports. */
    private static final int SOL_SOCKET = 1;

    private static final int SO_RCVLOWAT = 18;
    private static final IntegerUnixChannelOption LEAST_READ_BYTES =
            new IntegerUnixChannelOption("SO_RCVLOWAT", SOL_SOCKET, SO_RCVLOWAT);

    private ReceiveWindow() {}

    /**
     * Opens the window of a TCP socket as far as the kernel permits; no effect on other sockets.
     * Call it on the channel's event loop before the first read.
     *
     * @param bytes how many unread bytes the sender may have in flight
     */
    public static void open(Channel channel, int bytes) {
        if (!(channel instanceof EpollSocketChannel)) {
            return;
        }
        try {
            channel.config().setOption(LEAST_READ_BYTES, bytes);
        } catch (ChannelException e) {
            return; // The window still grows by itself, only slowly.
        }
        channel.config().setOption(LEAST_READ_BYTES, 1);
    }
}
