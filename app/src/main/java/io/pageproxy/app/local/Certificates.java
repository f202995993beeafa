package io.pageproxy.app.local;

import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import io.pageproxy.certificate.TlsConfigException;
import io.pageproxy.certificate.TlsFiles;
import io.pageproxy.certs.ExamplePki;
import io.pageproxy.certs.InitOptions;
import io.pageproxy.certs.PkiException;
import io.pageproxy.peer.PeerPolicy;
import io.pageproxy.session.Timeouts;
import io.pageproxy.tls.ReloadingTlsContexts;
import io.pageproxy.tls.TlsHandlers;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** Temporary certificates of both sides, for TLS in this process or as command line options. */
public final class Certificates {
    /** A name of the destination. */
    public static final String DESTINATION_NAME = "localhost";

    private static final PeerPolicy ONLY_SOURCE =
            new PeerPolicy(Set.of("source"), Set.of(), Set.of(), Set.of(), false);

    private final ExamplePki pki;

    private Certificates(ExamplePki pki) {
        this.pki = pki;
    }

    /** Creates a CA and certificates for source and dest. */
    public static Certificates create(Path dir) throws LocalFailure {
        try {
            return new Certificates(ExamplePki.create(dir, InitOptions.defaults()));
        } catch (PkiException e) {
            throw LocalFailure.here(e.getMessage());
        }
    }

    /** TLS handlers of connections that the destination accepts, only from {@code source}. */
    public Function<Channel, SslHandler> destination() throws LocalFailure {
        try {
            TlsHandlers handlers =
                    handlers(ReloadingTlsContexts.server(files("dest"), false, ONLY_SOURCE));
            return channel -> handlers.newHandler(channel.alloc());
        } catch (TlsConfigException e) {
            throw LocalFailure.here(e.getMessage());
        }
    }

    /** TLS handlers of connections that the source makes. */
    public Function<Channel, SslHandler> source(int port) throws LocalFailure {
        try {
            TlsHandlers handlers =
                    handlers(
                            ReloadingTlsContexts.client(
                                    files("source"), false, PeerPolicy.NONE, true));
            return channel -> handlers.newClientHandler(channel.alloc(), DESTINATION_NAME, port);
        } catch (TlsConfigException e) {
            throw LocalFailure.here(e.getMessage());
        }
    }

    /** The files of the source. */
    public TlsFiles sourceFiles() {
        return files("source");
    }

    /** Options of {@code pageproxy dest} that allow only {@code source}. */
    public List<String> destinationOptions() {
        return options("dest", "--allow-dns", "source");
    }

    /** Options of {@code pageproxy source}. */
    public List<String> sourceOptions() {
        return options("source", "--verify-name", DESTINATION_NAME);
    }

    private List<String> options(String name, String peerFlag, String peer) {
        return List.of(
                "--cert",
                pki.certificateFile(name).toString(),
                "--key",
                pki.privateKeyFile(name).toString(),
                "--ca",
                pki.caFile().toString(),
                "--crl",
                pki.crlFile().toString(),
                peerFlag,
                peer);
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
