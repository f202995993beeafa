package io.pageproxy.dest.accept;

import io.netty.channel.Channel;
import io.pageproxy.local.LocalUsers;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HexFormat;

/**
 * The unit by which connections are counted: an IPv4 address, the /64 network of an IPv6 address,
 * all of which one host usually has, or the user at the other end of a Unix socket.
 *
 * @param name the address prefix in hexadecimal, or the user
 */
record SourceNetwork(String name) {
    private static final int IPV6_PREFIX_BYTES = 8;

    static SourceNetwork of(Channel connection) {
        if (connection.remoteAddress() instanceof InetSocketAddress socket) {
            InetAddress ip = socket.getAddress();
            byte[] bytes = ip.getAddress();
            int prefixBytes = ip instanceof Inet6Address ? IPV6_PREFIX_BYTES : bytes.length;
            return new SourceNetwork(HexFormat.of().formatHex(bytes, 0, prefixBytes));
        }
        return new SourceNetwork(LocalUsers.describe(connection));
    }
}
