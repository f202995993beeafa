package io.pageproxy.net;

import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.Socket;
import io.netty.util.NetUtil;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A host and a port, written {@code host:port}, {@code 192.0.2.1:port} or {@code
 * [2001:db8::1]:port}.
 *
 * @param host a name or an address, without brackets; empty for all addresses of this host
 * @param port 0 to 65535; 0 lets the kernel choose a free port to listen on
 */
public record HostPort(String host, int port) {
    private static final Pattern FORM =
            Pattern.compile(
                    "(?:\\[(?<v6>[0-9a-fA-F:.%\\w]+)\\]|(?<host>[^:\\[\\]/\\s]*)):(?<port>\\d{1,5})");

    /**
     * Parses a host and a port.
     *
     * @throws IllegalArgumentException if the text has another form; the message shows the correct
     *     one
     */
    public static HostPort parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches() || Integer.parseInt(matcher.group("port")) > 65535) {
            throw new IllegalArgumentException(
                    "'" + text + "' is not HOST:PORT (IPv6 as [ADDRESS]:PORT, port 0 to 65535)");
        }
        String v6 = matcher.group("v6");
        return new HostPort(
                v6 != null ? v6 : matcher.group("host"), Integer.parseInt(matcher.group("port")));
    }

    /**
     * Whether the address is reachable only from this host. Names other than localhost are not
     * resolved and count as not loopback.
     */
    public boolean isLoopback() {
        return host.equals("localhost")
                || host.equals("::1")
                || (host.startsWith("127.") && NetUtil.isValidIpV4Address(host));
    }

    /** Converts a socket address; {@code -:0} if there is none. */
    public static HostPort of(SocketAddress address) {
        return address instanceof InetSocketAddress inet && inet.getAddress() != null
                ? new HostPort(shortest(inet.getAddress()), inet.getPort())
                : new HostPort("-", 0);
    }

    /** The address in its shortest form, such as {@code ::1}, with its zone if it has one. */
    private static String shortest(InetAddress address) {
        String full = address.getHostAddress();
        int zone = full.indexOf('%');
        return NetUtil.toAddressString(address) + (zone < 0 ? "" : full.substring(zone));
    }

    /**
     * Resolves the address to listen on; blocks if a name must be resolved. All addresses are those
     * of IPv6, which include those of IPv4, or of IPv4 if this host has no IPv6.
     *
     * @throws IOException if the name cannot be resolved
     */
    public InetSocketAddress toListenAddress() throws IOException {
        if (host.isEmpty()) {
            Epoll.ensureAvailability(); // Which finds out whether this host has IPv6.
            return new InetSocketAddress(Socket.isIPv6Preferred() ? "::" : "0.0.0.0", port);
        }
        InetSocketAddress address = new InetSocketAddress(host, port);
        if (address.isUnresolved()) {
            throw new IOException("the host name cannot be resolved; give an address");
        }
        return address;
    }

    @Override
    public String toString() {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
}
