package io.pageproxy.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.handler.ssl.SslContext;
import io.pageproxy.certificate.TlsFiles;
import io.pageproxy.certificate.TlsMaterial;
import io.pageproxy.peer.PeerPolicy;
import io.pageproxy.peer.TlsFailure;
import io.pageproxy.session.CloseReason;
import io.pageproxy.tls.TestPki.Issued;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Signatures and keys that the JDK accepts from a private CA but pageproxy rejects; certificates
 * are made by openssl.
 */
class WeakSignatureTest {
    private static final String NAMES = "subjectAltName=DNS:peer,IP:127.0.0.1";

    @TempDir private Path dir;
    private Openssl root;

    @BeforeEach
    void makeRoot() throws Exception {
        root = new Openssl(dir, Openssl.RSA);
        root.issue("own", "/CN=own", NAMES, "-sha256");
    }

    @Test
    void sha1SignatureOnLeafIsRefusedByBothSides() throws Exception {
        root.issue("peer", "/CN=peer", NAMES, "-sha1");
        assertBothRefuse(root.issued("peer"), ") has a weak", "SHA1", "SHA-256 or better");
    }

    @Test
    void pssSignatureIsCheckedByItsDigest() throws Exception {
        root.issue("peer", "/CN=peer", NAMES, "-sha1 -sigopt rsa_padding_mode:pss");
        assertBothRefuse(root.issued("peer"), "SHA1");
        root.issue("peer", "/CN=peer", NAMES, "-sha256 -sigopt rsa_padding_mode:pss");
        assertThat(connects(server(), TestPeers.client(root.issued("peer")))).isTrue();
    }

    @Test
    void intermediateWith1024BitRsaKeyIsRefusedByBothSides() throws Exception {
        Openssl lower = root.intermediate("lower", "rsa:1024");
        lower.issue("peer", "/CN=peer", NAMES, "-sha256");
        assertBothRefuse(
                root.issued("peer", "lower"),
                "is below CN=lower",
                "1024 bits",
                "have the CA issue it again");
    }

    @Test
    void intermediateWithStrongKeyIsAccepted() throws Exception {
        Openssl lower = root.intermediate("lower", Openssl.RSA);
        lower.issue("peer", "/CN=peer", NAMES, "-sha256");
        assertThat(connects(server(), TestPeers.client(root.issued("peer", "lower")))).isTrue();
    }

    @Test
    void ownWeakCertificateIsConfigurationError() throws Exception {
        root.issue("own", "/CN=own", NAMES, "-sha1");
        assertThatThrownBy(() -> new TlsMaterial(root.files("own"), false))
                .hasMessageContainingAll("--cert", "SHA1", "SHA-256 or better");
    }

    @Test
    void revocationListWithSha1SignatureIsRejected() {
        TestPki ca = new TestPki("test CA");
        Instant tomorrow = Instant.now().plus(1, ChronoUnit.DAYS);
        TlsFiles files =
                TestPki.files(dir, "dest", ca.dest(), ca, ca.crl("SHA1withECDSA", tomorrow));
        assertThatThrownBy(() -> new TlsMaterial(files, false))
                .hasMessageContainingAll("--crl", "SHA1");
    }

    private SslContext server() throws Exception {
        return TlsContexts.server(new TlsMaterial(root.files("own"), false), PeerPolicy.ANY);
    }

    private SslContext client() throws Exception {
        return TlsContexts.client(
                new TlsMaterial(root.files("own"), false), PeerPolicy.NONE, false);
    }

    private void assertBothRefuse(Issued peer, String... fragments) throws Exception {
        try (TestHandshake net = new TestHandshake(server())) {
            net.connect(TestPeers.client(peer));
            assertRefused(net.accepted().failure(), fragments);
        }
        try (TestHandshake net = new TestHandshake(TestPeers.server(peer))) {
            assertRefused(net.connect(client()).failure(), fragments);
        }
    }

    private static void assertRefused(TlsFailure failure, String... fragments) {
        assertThat(failure.reason()).as(failure.message()).isEqualTo(CloseReason.PEER_NOT_TRUSTED);
        assertThat(failure.message()).contains(fragments);
    }

    private static boolean connects(SslContext server, SslContext client) throws Exception {
        try (TestHandshake net = new TestHandshake(server)) {
            return net.connect(client).session() != null;
        }
    }
}
