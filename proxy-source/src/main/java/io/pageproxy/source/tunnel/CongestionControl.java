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
 * Leaves BBR to long ways. BBR has a timer of the kernel release each burst, which on a virtual
 * machine costs both ends a fifth of their processor time at 8 Gbit/s, and what it knows gains
 * nothing where an answer is there within {@value #SHORT_MICROS} microseconds. There, and only
 * where BBR is the host's choice, a connection has cubic or reno instead.
 *
 * <p>Once a connection has had BBR the timer stays with it (bbr_init in net/ipv4/tcp_bbr.c, which
 * sets sk_pacing_status for good). So it is kept off before the connection is made, and put on
 * where the way turns out to be long.
 */
final class CongestionControl {
    /** Linux's numbers (netinet/tcp.h), and the longest name with its end (net/tcp.h). */
    private static final int IPPROTO_TCP = 6;

    private static final int TCP_CONGESTION = 13;
    private static final int NAME_BYTES = 16;
    private static final RawUnixChannelOption NAME =
            new RawUnixChannelOption("TCP_CONGESTION", IPPROTO_TCP, TCP_CONGESTION, NAME_BYTES);

    private static final int SHORT_MICROS = 2_000;

    private static final AttributeKey<String> HOSTS_CHOICE =
            AttributeKey.valueOf(CongestionControl.class, "hostsChoice");

    /** Any user may take reno; cubic where the host allows it (tcp_allowed_congestion_control). */
    private static final CongestionControl OF_TUNNELS =
            new CongestionControl("bbr", List.of("cubic", "reno"), SHORT_MICROS);

    private final String paced;
    private final List<String> unpaced;
    private final int shortMicros;

    /**
     * @param paced how the names begin of what is for long ways only
     * @param unpaced what to take in its place, the best first
     * @param shortMicros a way is short where its round trip is quicker
     */
    CongestionControl(String paced, List<String> unpaced, int shortMicros) {
        this.paced = paced;
        this.unpaced = List.copyOf(unpaced);
        this.shortMicros = shortMicros;
    }

    /** That of a tunnel's connections. */
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

    /** Puts a congestion control on it; whether the kernel let us. */
    private static boolean take(Channel channel, String name) {
        ByteBuffer padded = ByteBuffer.allocate(NAME_BYTES);
        padded.put(name.getBytes(StandardCharsets.US_ASCII)).rewind();
        try {
            return channel.config().setOption(NAME, padded);
        } catch (ChannelException e) {
            return false; // Not in this kernel, or not for this user.
        }
    }

    /** The name of what a TCP connection has now. */
    static String nameOn(Channel channel) {
        ByteBuffer name = channel.config().getOption(NAME);
        return StandardCharsets.US_ASCII.decode(name).toString().replace("\0", "");
    }
}
