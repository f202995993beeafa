package io.pageproxy.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.net.InetAddress;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TlsContextsTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(20);

    @TempDir Path dir;
    private final TestPki ca = new TestPki("test CA");

    @Test
    void twoOfOneCaAgreeOnTls13HybridKeysAndWhoTheyAre() throws Exception {
        TlsFiles destFiles = TestPki.files(dir, "dest", ca.dest(), ca, ca.crl());
        TlsFiles sourceFiles = TestPki.files(dir, "source", ca.source(), ca, ca.crl());
        PeerPolicy policy =
                new PeerPolicy(Set.of(), Set.of("spiffe://test/source"), Set.of(), Set.of(), false);
        TlsHandlers dest =
                new TlsHandlers(ReloadingTlsContexts.server(destFiles, false, policy), TIMEOUT);
        TlsHandlers source =
                new TlsHandlers(
                        ReloadingTlsContexts.client(sourceFiles, false, PeerPolicy.NONE, false),
                        TIMEOUT);
        try (TestHandshake net =
                new TestHandshake(() -> dest.newServerHandler(ByteBufAllocator.DEFAULT))) {
            TestHandshake.End client =
                    net.connect(
                            source.newClientHandler(
                                    ByteBufAllocator.DEFAULT, "localhost", net.port()));
            TlsSessionInfo atSource = client.session();
            TlsSessionInfo atDest = net.accepted().session();
            for (TlsSessionInfo session : new TlsSessionInfo[] {atSource, atDest}) {
                assertThat(session.protocol()).isEqualTo("TLSv1.3");
                assertThat(session.cipherSuite()).startsWith("TLS_");
                assertThat(session.group()).isEqualTo("X25519MLKEM768");
                assertThat(session.alpn()).isEqualTo("pageproxy/1");
            }
            assertThat(atSource.peer().name()).isEqualTo("dest");
            assertThat(atDest.peer().name()).isEqualTo("source");
            assertThat(client.echo("ping")).isEqualTo("ping");
        }
    }

    @Test
    void rsaCertificatesWork() throws Exception {
        TestPki.Issued rsa =
                ca.issue(
                        TestPki.leaf("dest")
                                .ip("127.0.0.1")
                                .server()
                                .keys(TestPki.keyPair("RSA", 2048)));
        try (TestHandshake net = new TestHandshake(server(rsa))) {
            assertThat(net.connect(client(PeerPolicy.NONE)).session().peer().name())
                    .isEqualTo("dest");
        }
    }

    @Test
    void aPolicyReplacesTheHostNameUnlessBothAreAskedFor() throws Exception {
        TestPki.Issued elsewhere = ca.issue(TestPki.leaf("dest").dns("elsewhere").server());
        PeerPolicy policy =
                new PeerPolicy(Set.of("ELSEWHERE"), Set.of(), Set.of(), Set.of(), false);
        TlsMaterial material =
                new TlsMaterial(TestPki.files(dir, "source", ca.source(), ca), false);
        try (TestHandshake net = new TestHandshake(server(elsewhere))) {
            assertThat(net.connect(client(policy)).session().peer().name()).isEqualTo("elsewhere");
            SslContext both = TlsContexts.client(material, policy, true);
            assertThat(net.connect(both).failure().kind())
                    .isEqualTo(TlsFailure.Kind.PEER_NAME_MISMATCH);
        }
    }

    /**
     * The JDK's client keeps a TLS 1.3 session exactly if it was given a ticket to resume it by.
     */
    @Test
    void noTicketsAreGivenWhereNettyWouldGiveThem() throws Exception {
        assertThat(sessionsToResume(server(ca.dest()))).isEmpty();
        assertThat(sessionsToResume(TestPeers.server(ca.dest()))).isNotEmpty();
    }

    @Test
    void aCertificateForTheOtherSideIsAnErrorAtTheStart() throws Exception {
        TlsMaterial source = new TlsMaterial(TestPki.files(dir, "source", ca.source(), ca), false);
        assertThatThrownBy(() -> TlsContexts.server(source, PeerPolicy.ANY))
                .isInstanceOf(TlsConfigException.class)
                .hasMessageContaining("--cert")
                .hasMessageContaining("serverAuth");
    }

    @Test
    void aServerThatLetsInNobodyIsRefused() throws Exception {
        TlsMaterial dest = new TlsMaterial(TestPki.files(dir, "dest", ca.dest(), ca), false);
        assertThatThrownBy(() -> TlsContexts.server(dest, PeerPolicy.NONE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("--allow-any");
    }

    @Test
    void aLibraryThatDoesNotLoadIsExplained() {
        assertThat(
                        TlsContexts.unavailable(
                                new IllegalStateException(
                                        "outer", new UnsatisfiedLinkError("not permitted"))))
                .hasMessageContaining("not permitted")
                .hasMessageContaining("-Dio.netty.native.workdir");
    }

    private SslContext server(TestPki.Issued issued) throws Exception {
        return TlsContexts.server(
                new TlsMaterial(TestPki.files(dir, "dest", issued, ca), false), PeerPolicy.ANY);
    }

    private SslContext client(PeerPolicy policy) throws Exception {
        return TlsContexts.client(
                new TlsMaterial(TestPki.files(dir, "source", ca.source(), ca), false),
                policy,
                false);
    }

    private SSLContext jdkClient() throws Exception {
        TestPki.Issued source = ca.source();
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry(
                "source",
                source.keys().getPrivate(),
                new char[0],
                source.chain().toArray(X509Certificate[]::new));
        KeyManagerFactory keys = KeyManagerFactory.getInstance("SunX509");
        keys.init(store, new char[0]);
        SSLContext context = SSLContext.getInstance("TLSv1.3");
        context.init(
                keys.getKeyManagers(),
                InsecureTrustManagerFactory.INSTANCE.getTrustManagers(),
                null);
        return context;
    }

    /** Tickets come before the greeting, so they are there once it is read. */
    private List<byte[]> sessionsToResume(SslContext server) throws Exception {
        SSLContext jdk = jdkClient();
        try (TestHandshake net = new TestHandshake(server);
                SSLSocket socket =
                        (SSLSocket)
                                jdk.getSocketFactory()
                                        .createSocket(
                                                InetAddress.getLoopbackAddress(), net.port())) {
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setApplicationProtocols(new String[] {TlsContexts.ALPN_PROTOCOL});
            socket.setSSLParameters(parameters);
            assertThat(socket.getInputStream().readNBytes(5)).asString().isEqualTo("hello");
        }
        return Collections.list(jdk.getClientSessionContext().getIds());
    }
}
