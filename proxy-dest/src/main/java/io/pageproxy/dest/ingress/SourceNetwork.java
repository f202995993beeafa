package io.pageproxy.dest.ingress;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.HexFormat;

/**
 * Whom connections are counted for: an IPv4 address, or the /64 network of an IPv6 address, all of
 * which one host usually has.
 *
 * @param prefix in hex; the whole text where it is no IP address
 */
record SourceNetwork(String prefix) {
    private static final int IPV6_PREFIX_BYTES = 8;

    static SourceNetwork of(SocketAddress address) {
        if (address instanceof InetSocketAddress socket && socket.getAddress() != null) {
            InetAddress ip = socket.getAddress();
            byte[] bytes = ip.getAddress();
            int prefixBytes = ip instanceof Inet6Address ? IPV6_PREFIX_BYTES : bytes.length;
            return new SourceNetwork(HexFormat.of().formatHex(bytes, 0, prefixBytes));
        }
        return new SourceNetwork(String.valueOf(address));
    }
}
