package io.pageproxy.cli.source;

import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import io.pageproxy.cli.options.DestinationName;
import io.pageproxy.cli.options.EndpointConverter;
import io.pageproxy.net.Endpoint;
import io.pageproxy.peer.PeerPolicy;
import io.pageproxy.tls.ReloadingTlsContexts;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Which destination, and by what name it is known. */
final class DestinationOptions {
    @Option(
            names = "--connect",
            required = true,
            paramLabel = "HOST:PORT|unix:PATH",
            converter = EndpointConverter.class,
            description =
                    "the destination; unix: the socket of what forwards to it (ssh -L, HAProxy),"
                            + " with --verify-name or --allow-*")
    private Endpoint connect;

    @Option(
            names = "--verify-name",
            paramLabel = "NAME",
            description = "the name in the destination's certificate, where it is not --connect's")
    private String verifyName;

    private DestinationName name() {
        return new DestinationName(connect, Optional.ofNullable(verifyName));
    }

    /** Where it is. */
    Endpoint address() {
        return connect;
    }

    /** Whether its host name is checked beside a policy too. */
    boolean verifiesName() {
        return verifyName != null;
    }

    /**
     * Makes the TLS handlers of connections to it.
     *
     * @param handshakeTimeout how long a handshake may take
     */
    Function<Channel, SslHandler> tlsHandlers(
            ReloadingTlsContexts contexts, Duration handshakeTimeout) {
        return name().tlsHandlers(contexts, handshakeTimeout);
    }

    /**
     * Refuses what names no destination, or nobody who it may be.
     *
     * @throws ParameterException that says so
     */
    void requireNamed(CommandLine command, PeerPolicy policy) {
        name().requireSense(command, policy);
    }
}
