package io.pageproxy.cli.source;

import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import io.pageproxy.certificate.TlsConfigException;
import io.pageproxy.cli.options.DestinationName;
import io.pageproxy.cli.options.EndpointConverter;
import io.pageproxy.cli.options.TlsOptions;
import io.pageproxy.net.Endpoint;
import io.pageproxy.peer.PeerPolicy;
import io.pageproxy.tls.ReloadingTlsContexts;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Options that select and identify the destination. */
final class DestinationOptions {
    @Option(
            names = "--connect",
            required = true,
            paramLabel = "HOST:PORT|unix:PATH",
            converter = EndpointConverter.class,
            description =
                    "the destination; unix: the socket of a forwarder to it (ssh -L, HAProxy),"
                            + " with --verify-name or --allow-*")
    private Endpoint connect;

    @Option(
            names = "--verify-name",
            paramLabel = "NAME",
            description = "the name in the destination's certificate if it differs from --connect")
    private String verifyName;

    private DestinationName name() {
        return new DestinationName(connect, Optional.ofNullable(verifyName));
    }

    /** Its address. */
    Endpoint address() {
        return connect;
    }

    /** The TLS contexts of connections to it. */
    ReloadingTlsContexts tlsContexts(TlsOptions tls, PeerPolicy policy) throws TlsConfigException {
        return ReloadingTlsContexts.client(
                tls.files(), tls.unsafeKeyPermissions(), policy, verifyName != null);
    }

    /**
     * Returns a factory of TLS handlers for connections to it.
     *
     * @param handshakeTimeout time limit of a handshake
     */
    Function<Channel, SslHandler> tlsHandlers(
            ReloadingTlsContexts contexts, Duration handshakeTimeout) {
        return name().tlsHandlers(contexts, handshakeTimeout);
    }

    /**
     * Rejects an invalid destination, or one without an identity to check.
     *
     * @throws ParameterException with the problem and its remedy
     */
    void validate(CommandLine command, PeerPolicy policy) {
        name().validate(command, policy);
    }
}
