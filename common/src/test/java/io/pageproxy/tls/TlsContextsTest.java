package io.pageproxy.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.SslContext;
import io.pageproxy.certificate.TlsConfigException;
import io.pageproxy.certificate.TlsFiles;
import io.pageproxy.certificate.TlsMaterial;
import io.pageproxy.peer.PeerPolicy;
import io.pageproxy.peer.TlsFailure;
import io.pageproxy.session.CloseReason;
import java.net.InetAddress;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TlsContextsTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(20);

    @TempDir Path dir;
    private final TestPki ca = new TestPki("test CA");

    @Test
    void peersOfOneCaNegotiateTls13WithHybridKeyAgreement() throws Exception {
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
                new TestHandshake(() -> dest.newHandler(ByteBufAllocator.DEFAULT))) {
            TestHandshake.End client =
                    net.connect(
                            source.newClientHandler(
                                    ByteBufAllocator.DEFAULT, "localhost", net.port()));
            TlsSessionInfo atSource = client.session();
            TestHandshake.End accepted = net.accepted();
            TlsSessionInfo atDest = accepted.session();
            for (TlsSessionInfo session : new TlsSessionInfo[] {atSource, atDest}) {
                assertThat(session.protocol()).isEqualTo("TLSv1.3");
                assertThat(session.cipherSuite()).startsWith("TLS_");
                assertThat(session.group()).isEqualTo("X25519MLKEM768");
            }
            assertThat(client.tls().applicationProtocol()).isEqualTo("pageproxy/1");
            assertThat(accepted.tls().applicationProtocol()).isEqualTo("pageproxy/1");
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
    void policyReplacesHostNameCheckUnlessBothAreRequested() throws Exception {
        TestPki.Issued elsewhere = ca.issue(TestPki.leaf("dest").dns("elsewhere").server());
        PeerPolicy policy =
                new PeerPolicy(Set.of("ELSEWHERE"), Set.of(), Set.of(), Set.of(), false);
        TlsMaterial material =
                new TlsMaterial(TestPki.files(dir, "source", ca.source(), ca), false);
        try (TestHandshake net = new TestHandshake(server(elsewhere))) {
            assertThat(net.connect(client(policy)).session().peer().name()).isEqualTo("elsewhere");
            SslContext both = TlsContexts.client(material, policy, true);
            TlsFailure failure = net.connect(both).failure();
            assertThat(failure.reason()).isEqualTo(CloseReason.PEER_NOT_TRUSTED);
            assertThat(failure.message()).contains("not for ");
        }
    }

    /** A client that resumes a session does not verify the server's certificate again. */
    @Test
    void secondConnectionIsNotResumed() throws Exception {
        assertThat(certificatesSeenInTwoConnections(server(ca.dest()))).isEqualTo(2);
        assertThat(certificatesSeenInTwoConnections(TestPeers.server(ca.dest()))).isEqualTo(1);
    }

    @Test
    void certificateForOtherSideIsConfigurationError() throws Exception {
        TlsMaterial source = new TlsMaterial(TestPki.files(dir, "source", ca.source(), ca), false);
        assertThatThrownBy(() -> TlsContexts.server(source, PeerPolicy.ANY))
                .isInstanceOf(TlsConfigException.class)
                .hasMessageContaining("--cert")
                .hasMessageContaining("serverAuth");
    }

    @Test
    void serverWithEmptyPolicyIsRejected() throws Exception {
        TlsMaterial dest = new TlsMaterial(TestPki.files(dir, "dest", ca.dest(), ca), false);
        assertThatThrownBy(() -> TlsContexts.server(dest, PeerPolicy.NONE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("--allow-any");
    }

    @Test
    void failureToLoadBoringSslIsExplained() {
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

    private int certificatesSeenInTwoConnections(SslContext server) throws Exception {
        AtomicInteger seen = new AtomicInteger();
        SSLContext jdk = jdkClient(seen);
        try (TestHandshake net = new TestHandshake(server)) {
            greet(jdk, net.port());
            greet(jdk, net.port());
        }
        return seen.get();
    }

    /**
     * Tickets are sent before the greeting, so the client has them once it has read the greeting.
     */
    private static void greet(SSLContext jdk, int port) throws Exception {
        try (SSLSocket socket =
                (SSLSocket)
                        jdk.getSocketFactory()
                                .createSocket(InetAddress.getLoopbackAddress(), port)) {
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setApplicationProtocols(new String[] {PeerTrustManager.ALPN_PROTOCOL});
            socket.setSSLParameters(parameters);
            assertThat(socket.getInputStream().readNBytes(5)).asString().isEqualTo("hello");
        }
    }

    /** A client of the JDK, which resumes sessions whenever it can. */
    private SSLContext jdkClient(AtomicInteger certificatesSeen) throws Exception {
        TestPki.Issued source = ca.source();
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        X509Certificate[] chain = source.chain().toArray(X509Certificate[]::new);
        store.setKeyEntry("source", source.keys().getPrivate(), new char[0], chain);
        KeyManagerFactory keys = KeyManagerFactory.getInstance("SunX509");
        keys.init(store, new char[0]);
        SSLContext context = SSLContext.getInstance("TLSv1.3");
        context.init(
                keys.getKeyManagers(),
                new TrustManager[] {new CountingTrust(certificatesSeen)},
                null);
        return context;
    }

    /** Accepts every certificate and counts the checks. */
    private record CountingTrust(AtomicInteger checks) implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) {
            throw new IllegalStateException("only for clients");
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) {
            checks.incrementAndGet();
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
