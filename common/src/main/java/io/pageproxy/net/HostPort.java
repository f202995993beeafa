package io.pageproxy.net;

import io.netty.util.NetUtil;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A host and a port as a person writes them: {@code host:port}, {@code 192.0.2.1:port}, {@code
 * [2001:db8::1]:port}.
 *
 * @param host a name or an address, without brackets; empty: every address of this host
 * @param port 0 to 65535; 0: any that is free, for listening
 */
public record HostPort(String host, int port) {
    private static final Pattern FORM =
            Pattern.compile(
                    "(?:\\[(?<v6>[0-9a-fA-F:.%\\w]+)\\]|(?<host>[^:\\[\\]/\\s]*)):(?<port>\\d{1,5})");

    /**
     * Reads one.
     *
     * @throws IllegalArgumentException that says how it is written
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

    /** Whether only this host can reach it. Names other than localhost are not resolved: no. */
    public boolean isLoopback() {
        return host.equals("localhost")
                || host.equals("::1")
                || (host.startsWith("127.") && NetUtil.isValidIpV4Address(host));
    }

    /** That of a socket; {@code -:0} where it has none. */
    public static HostPort of(SocketAddress address) {
        return address instanceof InetSocketAddress inet && inet.getAddress() != null
                ? new HostPort(inet.getAddress().getHostAddress(), inet.getPort())
                : new HostPort("-", 0);
    }

    /**
     * To listen on; blocks where a name is to be resolved.
     *
     * @param option the option that it is of, for people
     * @throws IOException where the name cannot be resolved
     */
    public InetSocketAddress toListenAddress(String option) throws IOException {
        if (host.isEmpty()) {
            return new InetSocketAddress(port);
        }
        InetSocketAddress address = new InetSocketAddress(host, port);
        if (address.isUnresolved()) {
            throw new IOException(
                    option + " " + this + ": the host name cannot be resolved; give an address");
        }
        return address;
    }

    @Override
    public String toString() {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
}
