package io.pageproxy.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.SslContext;
import io.pageproxy.certificate.TlsFiles;
import io.pageproxy.certificate.TlsMaterial;
import io.pageproxy.peer.PeerPolicy;
import io.pageproxy.peer.TlsFailure;
import io.pageproxy.session.CloseReason;
import io.pageproxy.tls.TestPki.Issued;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Each reason for refusal over real connections: reason and message at the refusing end and at the
 * refused end. The class is long because it has a test for each reason, so that a reader finds one
 * that is missing.
 */
class PeerRefusalTest {
    private static final PeerPolicy ALLOW_SOURCE =
            new PeerPolicy(Set.of("source"), Set.of(), Set.of(), Set.of(), false);

    @TempDir Path dir;
    private final TestPki ca = new TestPki("test CA");

    @Test
    void serverRefusesClientOfAnotherCa() throws Exception {
        assertServerRefuses(
                new TestPki("other CA").source(),
                CloseReason.PEER_NOT_TRUSTED,
                "--ca",
                "unknown_ca");
    }

    @Test
    void serverRefusesClientOfCaWithSameNameButOtherKey() throws Exception {
        assertServerRefuses(
                new TestPki("test CA").source(),
                CloseReason.PEER_NOT_TRUSTED,
                "--ca",
                "unknown_ca");
    }

    @Test
    void serverRefusesSelfSignedClient() throws Exception {
        assertServerRefuses(
                TestPki.selfSigned(TestPki.leaf("source").dns("source").client()),
                CloseReason.PEER_NOT_TRUSTED,
                "self-signed",
                "unknown_ca");
    }

    @Test
    void serverRefusesClientOutsideNameConstraintsOfItsCa() throws Exception {
        TestPki limited =
                new TestPki(
                        "limited CA",
                        Optional.of(ca),
                        authority -> authority.permittedDns("example"));

        assertServerRefuses(
                issuedBy(limited), CloseReason.PEER_NOT_TRUSTED, "name constraints", "unknown_ca");
    }

    @Test
    void serverRefusesClientBeyondPathLengthConstraint() throws Exception {
        TestPki last =
                new TestPki("last CA", Optional.of(ca), authority -> authority.pathLength(0));
        TestPki oneMore = new TestPki("one more CA", Optional.of(last));

        assertServerRefuses(
                issuedBy(oneMore, last), CloseReason.PEER_NOT_TRUSTED, "--ca", "unknown_ca");
    }

    @Test
    void serverRefusesClientWithChainLongerThanJdkLimit() throws Exception {
        Deque<TestPki> chain = new ArrayDeque<>(List.of(ca));
        for (int depth = 1; depth <= 10; depth++) {
            chain.push(new TestPki("CA " + depth, Optional.of(chain.peek())));
        }
        chain.removeLast();

        assertServerRefuses(
                issuedBy(chain.toArray(TestPki[]::new)),
                CloseReason.PEER_NOT_TRUSTED,
                "path building failed",
                "unknown_ca");
    }

    /** Source certificate issued by the first CA, with the certificates of all CAs in its chain. */
    private static Issued issuedBy(TestPki... authorities) {
        Issued source = authorities[0].source();
        List<X509Certificate> chain = new ArrayList<>(source.chain());
        for (TestPki authority : authorities) {
            chain.add(authority.certificate);
        }
        return new Issued(source.keys(), chain);
    }

    @Test
    void serverRefusesExpiredClient() throws Exception {
        assertServerRefuses(
                ca.issue(TestPki.leaf("source").dns("source").client().expired()),
                CloseReason.PEER_NOT_TRUSTED,
                "expired at",
                "certificate_expired");
    }

    @Test
    void serverRefusesClientThatIsNotYetValid() throws Exception {
        assertServerRefuses(
                ca.issue(TestPki.leaf("source").dns("source").client().notYetValid()),
                CloseReason.PEER_NOT_TRUSTED,
                "not valid before",
                "certificate_expired");
    }

    @Test
    void serverRefusesServerCertificateUsedByClient() throws Exception {
        assertServerRefuses(
                ca.issue(TestPki.leaf("source").dns("source").server()),
                CloseReason.PEER_NOT_TRUSTED,
                "lacks clientAuth",
                "unsupported_certificate");
    }

    @Test
    void serverRefusesClientWithShortRsaKey() throws Exception {
        assertServerRefuses(
                ca.issue(
                        TestPki.leaf("source")
                                .dns("source")
                                .client()
                                .keys(TestPki.keyPair("RSA", 1024))),
                CloseReason.PEER_NOT_TRUSTED,
                "1024 bits",
                "unknown_ca");
    }

    @Test
    void serverRefusesClientThatNoOptionAllows() throws Exception {
        assertServerRefuses(
                ca.issue(
                        TestPki.leaf("mallory")
                                .dns("mallory")
                                .ip("192.0.2.7")
                                .uri("spiffe://example.org/mallory")
                                .client()),
                CloseReason.PEER_NOT_TRUSTED,
                "it is DNS [mallory], IP [192.0.2.7], URI [spiffe://example.org/mallory], CN mallory",
                "bad_certificate");
    }

    @Test
    void serverRefusesRevokedClient() throws Exception {
        Issued source = ca.source();
        assertServerRefuses(
                source,
                CloseReason.PEER_NOT_TRUSTED,
                "is revoked",
                "certificate_revoked",
                ca.crl(source.leaf()));
    }

    /** A list that was in force when it was loaded and has expired since. */
    @Test
    void serverRefusesEveryClientAfterRevocationListExpired() throws Exception {
        Instant soon = Instant.now().plus(2, ChronoUnit.SECONDS);
        TlsFiles files = TestPki.files(dir, "dest", ca.dest(), ca, ca.crl(soon));
        SslContext server = TlsContexts.server(new TlsMaterial(files, false), ALLOW_SOURCE);
        await().until(() -> Instant.now().isAfter(soon));
        assertRefusal(
                server,
                TestPeers.client(ca.source()),
                CloseReason.PEER_NOT_TRUSTED,
                "no list in force",
                CloseReason.REFUSED_BY_PEER,
                "certificate_revoked");
    }

    @Test
    void serverRefusesClientWithoutCertificate() throws Exception {
        assertRefusal(
                server(),
                TestPeers.clientWithoutCertificate(),
                CloseReason.PEER_NOT_TRUSTED,
                "no certificate",
                CloseReason.REFUSED_BY_PEER,
                "certificate_required");
    }

    @Test
    void serverRefusesAnotherApplicationProtocol() throws Exception {
        assertRefusal(
                server(),
                TestPeers.client(ca.source(), TestPeers.TLS_1_3, "h2"),
                CloseReason.TUNNEL_PROTOCOL,
                "ALPN",
                CloseReason.TUNNEL_PROTOCOL,
                "nothing in common");
    }

    @Test
    void serverRefusesTls12() throws Exception {
        assertRefusal(
                server(),
                TestPeers.client(ca.source(), "TLSv1.2", PeerTrustManager.ALPN_PROTOCOL),
                CloseReason.TUNNEL_PROTOCOL,
                "does not offer TLS 1.3",
                CloseReason.TUNNEL_PROTOCOL,
                "does not take TLS 1.3");
    }

    @ParameterizedTest
    @CsvSource({
        "GET / HTTP/1.0, TUNNEL_PROTOCOL, TLS",
        "garbage garbage, TUNNEL_PROTOCOL, is not TLS",
        "'', PEER_LOST, ended without a word"
    })
    void serverDistinguishesNonTlsBytesFromSilentClose(
            String sent, CloseReason reason, String message) throws Exception {
        try (TestHandshake net = new TestHandshake(server());
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), net.port())) {
            socket.getOutputStream().write(sent.getBytes(StandardCharsets.ISO_8859_1));
            socket.shutdownOutput();
            TlsFailure failure = net.accepted().failure();
            assertThat(failure.reason()).isEqualTo(reason);
            assertThat(failure.message()).contains(message);
        }
    }

    /** The root's list does not cover certificates issued by the intermediate. */
    @Test
    void serverRefusesClientWhoseIssuerHasNoRevocationList() throws Exception {
        TestPki lower = new TestPki("lower CA", Optional.of(ca));
        Issued leaf = lower.source();
        Issued withChain = new Issued(leaf.keys(), List.of(leaf.leaf(), lower.certificate));
        assertServerRefuses(
                withChain,
                CloseReason.PEER_NOT_TRUSTED,
                "no list in force",
                "certificate_revoked",
                ca.crl());
    }

    @Test
    void silentPeerTimesOut() throws Exception {
        TlsHandlers handlers =
                new TlsHandlers(
                        ReloadingTlsContexts.server(
                                TestPki.files(dir, "dest", ca.dest(), ca), false, ALLOW_SOURCE),
                        Duration.ofMillis(50));
        try (TestHandshake net =
                        new TestHandshake(() -> handlers.newHandler(ByteBufAllocator.DEFAULT));
                Socket silent = new Socket(InetAddress.getLoopbackAddress(), net.port())) {
            TlsFailure failure = net.accepted().failure();
            assertThat(failure.reason()).isEqualTo(CloseReason.PEER_SILENT);
            assertThat(failure.message()).contains("--handshake-timeout");
            assertThat(silent.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void clientRefusesServerOfAnotherCa() throws Exception {
        assertClientRefuses(
                new TestPki("other CA").dest(), CloseReason.PEER_NOT_TRUSTED, "--ca", "unknown_ca");
    }

    @Test
    void clientRefusesExpiredServer() throws Exception {
        assertClientRefuses(
                ca.issue(TestPki.leaf("dest").ip("127.0.0.1").server().expired()),
                CloseReason.PEER_NOT_TRUSTED,
                "expired at",
                "certificate_expired");
    }

    @Test
    void clientRefusesClientCertificateUsedByServer() throws Exception {
        assertClientRefuses(
                ca.issue(TestPki.leaf("dest").ip("127.0.0.1").client()),
                CloseReason.PEER_NOT_TRUSTED,
                "lacks serverAuth",
                "unsupported_certificate");
    }

    @Test
    void clientRefusesServerWithOtherName() throws Exception {
        assertClientRefuses(
                ca.issue(
                        TestPki.leaf("other")
                                .dns("other")
                                .ip("192.0.2.7")
                                .uri("spiffe://example.org/other")
                                .server()),
                CloseReason.PEER_NOT_TRUSTED,
                "is for DNS [other], IP [192.0.2.7], URI [spiffe://example.org/other], not for"
                        + " 127.0.0.1",
                "bad_certificate");
    }

    @Test
    void clientRefusesRevokedServer() throws Exception {
        Issued dest = ca.dest();
        assertClientRefuses(
                dest,
                CloseReason.PEER_NOT_TRUSTED,
                "is revoked",
                "certificate_revoked",
                ca.crl(dest.leaf()));
    }

    @Test
    void clientRefusesServerThatNoOptionAllowsEvenIfHostNameMatches() throws Exception {
        PeerPolicy other = new PeerPolicy(Set.of("other"), Set.of(), Set.of(), Set.of(), false);
        assertRefusal(
                TlsContexts.client(material("source", ca.source()), other, false),
                TestPeers.server(ca.dest()),
                CloseReason.PEER_NOT_TRUSTED,
                "none of the --allow-*",
                CloseReason.REFUSED_BY_PEER,
                "bad_certificate");
    }

    @Test
    void clientRefusesServerWithoutCommonApplicationProtocol() throws Exception {
        assertRefusal(
                client(),
                TestPeers.server(ca.dest(), TestPeers.TLS_1_3, "h2"),
                CloseReason.TUNNEL_PROTOCOL,
                "ALPN",
                CloseReason.TUNNEL_PROTOCOL,
                "nothing in common");
    }

    private SslContext server(X509CRL... crls) throws Exception {
        return TlsContexts.server(material("dest", ca.dest(), crls), ALLOW_SOURCE);
    }

    private SslContext client(X509CRL... crls) throws Exception {
        return TlsContexts.client(material("source", ca.source(), crls), PeerPolicy.NONE, false);
    }

    private TlsMaterial material(String name, Issued issued, X509CRL... crls) throws Exception {
        TlsFiles files =
                crls.length == 0
                        ? TestPki.files(dir, name, issued, ca)
                        : TestPki.files(dir, name, issued, ca, crls);
        return new TlsMaterial(files, false);
    }

    private void assertServerRefuses(
            Issued peer, CloseReason reason, String message, String alert, X509CRL... crls)
            throws Exception {
        assertRefusal(
                server(crls),
                TestPeers.client(peer),
                reason,
                message,
                CloseReason.REFUSED_BY_PEER,
                alert);
    }

    private void assertClientRefuses(
            Issued peer, CloseReason reason, String message, String alert, X509CRL... crls)
            throws Exception {
        assertRefusal(
                client(crls),
                TestPeers.server(peer),
                reason,
                message,
                CloseReason.REFUSED_BY_PEER,
                alert);
    }

    /** Connects both ends and checks the failure at each. */
    private static void assertRefusal(
            SslContext ours,
            SslContext theirs,
            CloseReason ourReason,
            String ourMessage,
            CloseReason theirReason,
            String theirMessage)
            throws Exception {
        SslContext client = ours.isClient() ? ours : theirs;
        try (TestHandshake net = new TestHandshake(ours.isClient() ? theirs : ours)) {
            TestHandshake.End clientEnd = net.connect(client);
            TestHandshake.End serverEnd = net.accepted();
            TlsFailure here = (ours.isClient() ? clientEnd : serverEnd).failure();
            TlsFailure there = (ours.isClient() ? serverEnd : clientEnd).failure();
            assertThat(here.reason()).as(here.message()).isEqualTo(ourReason);
            assertThat(here.message()).contains(ourMessage);
            assertThat(there.reason()).as(there.message()).isEqualTo(theirReason);
            assertThat(there.message()).contains(theirMessage);
        }
    }
}
