package io.pageproxy.source.cli;

import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import io.pageproxy.cli.Converters;
import io.pageproxy.net.HostPort;
import io.pageproxy.tls.ReloadingTlsContexts;
import io.pageproxy.tls.TlsHandlers;
import java.time.Duration;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Which destination, and by what name it is known. */
final class DestinationOptions {
    @Option(
            names = "--connect",
            required = true,
            paramLabel = "HOST:PORT",
            converter = Converters.ToHostPort.class,
            description = "the destination")
    private HostPort connect;

    @Option(
            names = "--verify-name",
            paramLabel = "NAME",
            description = "the name in the destination's certificate, where it is not --connect's")
    private String verifyName;

    /** Where it is. */
    HostPort address() {
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
        TlsHandlers handlers = new TlsHandlers(contexts, handshakeTimeout);
        String name = verifyName == null ? connect.host() : verifyName;
        return channel -> handlers.newClientHandler(channel.alloc(), name, connect.port());
    }

    /**
     * Refuses what names no host or no port.
     *
     * @throws ParameterException that says so
     */
    void requireNamed(CommandLine command) {
        if (connect.host().isEmpty() || connect.port() == 0) {
            throw new ParameterException(
                    command,
                    "--connect " + connect + " names no destination: give its host and port");
        }
    }
}
