package io.pageproxy.app.demo;

import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import io.pageproxy.certs.ExamplePki;
import io.pageproxy.certs.InitOptions;
import io.pageproxy.certs.PkiException;
import io.pageproxy.session.Timeouts;
import io.pageproxy.tls.PeerPolicy;
import io.pageproxy.tls.ReloadingTlsContexts;
import io.pageproxy.tls.TlsConfigException;
import io.pageproxy.tls.TlsFiles;
import io.pageproxy.tls.TlsHandlers;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** Throw-away certificates, and the TLS that both sides make of them, as an operator would. */
final class Certificates {
    private static final String DESTINATION_NAME = "localhost";
    private static final PeerPolicy ONLY_SOURCE =
            new PeerPolicy(Set.of("source"), Set.of(), Set.of(), Set.of(), false);

    private final ExamplePki pki;

    private Certificates(ExamplePki pki) {
        this.pki = pki;
    }

    /** Makes a CA, and certificates of source and dest. */
    static Certificates create(Path dir) throws DemoFailure {
        try {
            return new Certificates(ExamplePki.create(dir, InitOptions.defaults()));
        } catch (PkiException e) {
            throw DemoFailure.here(e.getMessage());
        }
    }

    /** Of connections that the destination accepts, from nobody but {@code source}. */
    Function<Channel, SslHandler> destination() throws DemoFailure {
        try {
            TlsHandlers handlers =
                    handlers(ReloadingTlsContexts.server(files("dest"), false, ONLY_SOURCE));
            return channel -> handlers.newServerHandler(channel.alloc());
        } catch (TlsConfigException e) {
            throw DemoFailure.here(e.getMessage());
        }
    }

    /** Of connections that the source makes. */
    Function<Channel, SslHandler> source(int port) throws DemoFailure {
        try {
            TlsHandlers handlers =
                    handlers(
                            ReloadingTlsContexts.client(
                                    files("source"), false, PeerPolicy.NONE, true));
            return channel -> handlers.newClientHandler(channel.alloc(), DESTINATION_NAME, port);
        } catch (TlsConfigException e) {
            throw DemoFailure.here(e.getMessage());
        }
    }

    private static TlsHandlers handlers(ReloadingTlsContexts contexts) {
        return new TlsHandlers(contexts, Timeouts.DEFAULT.handshake());
    }

    private TlsFiles files(String name) {
        return new TlsFiles(
                pki.certificateFile(name),
                pki.privateKeyFile(name),
                pki.caFile(),
                Optional.of(pki.crlFile()),
                Optional.empty());
    }
}
