package io.pageproxy.certificate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.handler.ssl.SslContext;
import io.pageproxy.peer.PeerPolicy;
import io.pageproxy.tls.TestHandshake;
import io.pageproxy.tls.TestPki;
import io.pageproxy.tls.TestPki.Issued;
import io.pageproxy.tls.TestPki.Leaf;
import io.pageproxy.tls.TlsContexts;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A valid chain in {@code --cert} is found and sent regardless of what else the file holds. */
class OwnChainTest {
    @TempDir private Path dir;
    private final TestPki root = new TestPki("root");
    private final TestPki other = new TestPki("other root");
    private final TestPki lower = new TestPki("lower", Optional.of(root));
    private final Issued dest = lower.dest();
    private final X509Certificate leaf = dest.leaf();

    @Test
    void duplicatesUnrelatedCertificatesAndOrderDoNotMatter() throws Exception {
        X509Certificate stranger = new TestPki("stranger").dest().leaf();
        assertChain(List.of(leaf, lower.certificate), leaf, lower.certificate);
        assertChain(
                List.of(leaf, lower.certificate), leaf, leaf, lower.certificate, lower.certificate);
        assertChain(List.of(leaf, lower.certificate), lower.certificate, leaf);
        assertChain(List.of(leaf, lower.certificate), stranger, leaf, stranger, lower.certificate);
        assertChain(List.of(leaf, lower.certificate), leaf, root.certificate, lower.certificate);
    }

    @Test
    void rootIsNotSentAndNeedNotBeValid() throws Exception {
        X509Certificate expiredRoot = root.crossSignedBy(root, Leaf::expired);
        assertChain(List.of(leaf, lower.certificate), leaf, lower.certificate, expiredRoot);
    }

    @Test
    void expiredCrossCertificateIsSkipped() throws Exception {
        X509Certificate expired = lower.crossSignedBy(other, Leaf::expired);
        assertChain(List.of(leaf, lower.certificate), leaf, expired, lower.certificate);
    }

    @Test
    void crossCertificateThatLeadsToOurCaIsSent() throws Exception {
        X509Certificate crossed = lower.crossSignedBy(other, UnaryOperator.identity());
        assertChain(List.of(leaf, lower.certificate), leaf, crossed, lower.certificate);
        assertThat(load(other, leaf, lower.certificate, crossed).chain())
                .containsExactly(leaf, crossed);
    }

    @Test
    void chainToUntrustedCaIsSent() throws Exception {
        assertThat(load(other, lower.certificate, leaf).chain())
                .containsExactly(leaf, lower.certificate);
    }

    @Test
    void validOneOfTwoCertificatesForOurKeyIsSent() throws Exception {
        X509Certificate old = lower.issue(TestPki.leaf("dest").keys(dest.keys()).expired()).leaf();
        assertChain(List.of(leaf, lower.certificate), old, leaf, lower.certificate);
    }

    @Test
    void messageNamesExpiredOnlyIssuer() {
        X509Certificate expired = lower.crossSignedBy(root, Leaf::expired);
        assertThatThrownBy(() -> load(root, leaf, expired))
                .hasMessageContainingAll("--cert", "CN=lower expired at", "renew");
    }

    @Test
    void peerAcceptsSentChain() throws Exception {
        X509Certificate expired = lower.crossSignedBy(other, Leaf::expired);
        SslContext server =
                TlsContexts.server(
                        load(root, lower.certificate, expired, leaf, leaf), PeerPolicy.ANY);
        SslContext client =
                TlsContexts.client(
                        new TlsMaterial(TestPki.files(dir, "source", root.source(), root), false),
                        PeerPolicy.NONE,
                        false);
        try (TestHandshake net = new TestHandshake(server)) {
            assertThat(net.connect(client).session().peer().name()).isEqualTo("dest");
        }
    }

    private void assertChain(List<X509Certificate> chain, X509Certificate... given)
            throws Exception {
        assertThat(load(root, given).chain()).isEqualTo(chain);
    }

    private TlsMaterial load(TestPki trusted, X509Certificate... given) throws Exception {
        TlsFiles files = TestPki.files(dir, "dest", dest, trusted);
        TestPki.write(files.cert(), TestPki.pem((Object[]) given));
        return new TlsMaterial(files, false);
    }
}
