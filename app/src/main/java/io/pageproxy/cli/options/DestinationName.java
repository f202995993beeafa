package io.pageproxy.cli.options;

import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import io.pageproxy.certificate.HostName;
import io.pageproxy.net.Endpoint;
import io.pageproxy.net.HostPort;
import io.pageproxy.peer.PeerPolicy;
import io.pageproxy.tls.ReloadingTlsContexts;
import io.pageproxy.tls.TlsHandlers;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/**
 * A destination and the name that its certificate must have.
 *
 * @param address {@code --connect}; a Unix socket belongs to a forwarder, which has no host name to
 *     check
 * @param verifyName {@code --verify-name}
 */
public record DestinationName(Endpoint address, Optional<String> verifyName) {

    /**
     * Rejects an invalid host or port, and a socket path without an option that identifies the
     * peer.
     *
     * @param policy which destinations are allowed
     * @throws ParameterException with the problem and its remedy
     */
    public void validate(CommandLine command, PeerPolicy policy) {
        if (address instanceof Endpoint.Tcp tcp) {
            HostPort host = tcp.address();
            if (host.host().isEmpty() || host.port() == 0) {
                throw new ParameterException(
                        command,
                        "--connect " + host + " names no destination: give its host and port");
            }
        } else if (verifyName.isEmpty() && policy.isEmpty()) {
            throw new ParameterException(
                    command,
                    "--connect "
                            + address
                            + " has no host name to compare with the destination's certificate:"
                            + " give --verify-name NAME, or one of --allow-dns,"
                            + " --allow-uri, --allow-cn and --allow-fingerprint (--allow-any:"
                            + " whoever the CA signed)");
        }
        verifyName.ifPresent(name -> requireHostName(command, "--verify-name", name));
        if (address instanceof Endpoint.Tcp tcp) {
            requireHostName(command, "--connect", tcp.address().host());
        }
    }

    private static void requireHostName(CommandLine command, String flag, String name) {
        try {
            HostName.of(name);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(command, flag + " " + name + ": " + e.getMessage());
        }
    }

    /**
     * Returns a factory of TLS handlers for connections to it.
     *
     * @param handshakeTimeout time limit of a handshake
     */
    public Function<Channel, SslHandler> tlsHandlers(
            ReloadingTlsContexts contexts, Duration handshakeTimeout) {
        TlsHandlers handlers = new TlsHandlers(contexts, handshakeTimeout);
        Optional<HostPort> host =
                address instanceof Endpoint.Tcp tcp ? Optional.of(tcp.address()) : Optional.empty();
        Optional<String> name = verifyName.or(() -> host.map(HostPort::host));
        int port = host.map(HostPort::port).orElse(0);
        return channel ->
                name.isPresent()
                        ? handlers.newClientHandler(channel.alloc(), name.get(), port)
                        : handlers.newHandler(channel.alloc());
    }
}
