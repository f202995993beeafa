package io.pageproxy.status;

import io.pageproxy.net.Endpoint;
import io.pageproxy.net.HostPort;
import java.util.List;
import java.util.Locale;

/**
 * Checks the Host header of requests to the status port. A web page can make its own name resolve
 * to a loopback address to read the status, but the browser then sends that name in the Host
 * header.
 *
 * @param address the configured address of the status port
 */
record HostHeaderCheck(Endpoint address) {

    /**
     * Returns whether a request with these headers is accepted.
     *
     * @param hosts values of the Host headers; HTTP/1.0 clients send none
     */
    boolean admit(List<String> hosts) {
        return !(address instanceof Endpoint.Tcp tcp)
                || !tcp.address().isLoopback()
                || hosts.stream().allMatch(host -> isOurs(host, tcp.address()));
    }

    private static boolean isOurs(String header, HostPort configured) {
        String host = header.toLowerCase(Locale.ROOT);
        try {
            HostPort named = HostPort.parse(host.matches(".*:\\d+") ? host : host + ":80");
            return named.isLoopback() || named.host().equals(configured.host());
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
