package io.pageproxy.status;

import io.pageproxy.net.Endpoint;
import io.pageproxy.net.HostPort;
import java.util.List;
import java.util.Locale;

/**
 * The names by which a status port may be asked. A page in a browser can have its own name resolve
 * to a loopback address, and would then read what is there; but its requests bear that name.
 *
 * @param address where the port was told to listen
 */
record HostNames(Endpoint address) {

    /**
     * Whether a request is meant for us.
     *
     * @param hosts the values of its Host headers; older clients send none
     */
    boolean admit(List<String> hosts) {
        return !(address instanceof Endpoint.Tcp tcp)
                || !tcp.address().isLoopback()
                || hosts.stream().allMatch(host -> isOurs(host, tcp.address()));
    }

    private static boolean isOurs(String header, HostPort told) {
        String host = header.toLowerCase(Locale.ROOT);
        try {
            HostPort named = HostPort.parse(host.matches(".*:\\d+") ? host : host + ":80");
            return named.isLoopback() || named.host().equals(told.host());
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
