package io.pageproxy.source.tunnel;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.RawUnixChannelOption;
import io.netty.util.AttributeKey;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Uses BBR on long paths only. BBR paces each burst by a kernel timer, which on a virtual machine
 * costs both ends a fifth of their processor time at 8 Gbit/s, and gains nothing if the round trip
 * takes less than {@value #SHORT_MICROS} microseconds. On such a path, and only if BBR is the
 * host's choice, a connection uses cubic or reno instead.
 *
 * <p>A connection that has once used BBR keeps the timer (bbr_init in net/ipv4/tcp_bbr.c sets
 * sk_pacing_status permanently). So BBR is replaced before the connection is made, and restored if
 * the path turns out to be long.
 */
final class CongestionControl {
    /** Linux's constants: netinet/tcp.h; for the name's length with its NUL, net/tcp.h. */
    private static final int IPPROTO_TCP = 6;

    private static final int TCP_CONGESTION = 13;
    private static final int NAME_BYTES = 16;
    private static final RawUnixChannelOption NAME =
            new RawUnixChannelOption("TCP_CONGESTION", IPPROTO_TCP, TCP_CONGESTION, NAME_BYTES);

    private static final int SHORT_MICROS = 2_000;

    private static final AttributeKey<String> HOSTS_CHOICE =
            AttributeKey.valueOf(CongestionControl.class, "hostsChoice");

    /** Any user may use reno; cubic, if tcp_allowed_congestion_control lists it. */
    private static final CongestionControl OF_TUNNELS =
            new CongestionControl("bbr", List.of("cubic", "reno"), SHORT_MICROS);

    private final String paced;
    private final List<String> unpaced;
    private final int shortMicros;

    /**
     * @param paced name prefix of the algorithms for long paths only
     * @param unpaced the algorithms to use instead, the best first
     * @param shortMicros a path with a shorter round trip is short
     */
    CongestionControl(String paced, List<String> unpaced, int shortMicros) {
        this.paced = paced;
        this.unpaced = List.copyOf(unpaced);
        this.shortMicros = shortMicros;
    }

    /** The congestion control of tunnels. */
    static CongestionControl ofTunnels() {
        return OF_TUNNELS;
    }

    /** A TCP channel that is not connected yet. */
    EpollSocketChannel newChannel() {
        EpollSocketChannel channel = new EpollSocketChannel();
        String hostsChoice = nameOn(channel);
        if (hostsChoice.startsWith(paced) && unpaced.stream().anyMatch(n -> take(channel, n))) {
            channel.attr(HOSTS_CHOICE).set(hostsChoice);
        }
        return channel;
    }

    /** The channel is connected. */
    void onConnected(Channel channel) {
        String hostsChoice = channel.attr(HOSTS_CHOICE).get();
        if (hostsChoice != null && isLong((EpollSocketChannel) channel)) {
            take(channel, hostsChoice);
        }
    }

    private boolean isLong(EpollSocketChannel channel) {
        try {
            return channel.tcpInfo().rtt() >= shortMicros;
        } catch (ChannelException e) {
            return false; // It is closed already.
        }
    }

    /** Sets a congestion control; returns whether the kernel allows it. */
    private static boolean take(Channel channel, String name) {
        ByteBuffer padded = ByteBuffer.allocate(NAME_BYTES);
        padded.put(name.getBytes(StandardCharsets.US_ASCII)).rewind();
        try {
            return channel.config().setOption(NAME, padded);
        } catch (ChannelException e) {
            return false; // Not in this kernel, or not for this user.
        }
    }

    /** The name of a connection's congestion control. */
    static String nameOn(Channel channel) {
        ByteBuffer name = channel.config().getOption(NAME);
        return StandardCharsets.US_ASCII.decode(name).toString().replace("\0", "");
    }
}
