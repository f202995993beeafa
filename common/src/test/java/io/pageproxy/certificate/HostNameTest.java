package io.pageproxy.certificate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslContext;
import io.netty.internal.tcnative.SSL;
import io.pageproxy.peer.PeerPolicy;
import io.pageproxy.peer.TlsFailure;
import io.pageproxy.session.CloseReason;
import io.pageproxy.tls.TestHandshake;
import io.pageproxy.tls.TestPki;
import io.pageproxy.tls.TestPki.Issued;
import io.pageproxy.tls.TestPki.Leaf;
import io.pageproxy.tls.TlsContexts;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Matches host names and addresses against certificates. */
class HostNameTest {
    @TempDir private Path dir;
    private final TestPki ca = new TestPki("test CA");

    @ParameterizedTest
    @CsvSource({
        "my_host.example, my_host.example, true",
        "MY-host.Example, my-host.example, true",
        "host.example., host.example, true",
        "bücher.example, xn--bcher-kva.example, true",
        "dotless, dotless, true",
        "host.example, *.example, true",
        "example, *.example, false",
        "a.host.example, *.example, false",
        "dest.example, d*.example, false",
        "dest.example, *st.example, false",
        "dest.example, *, false",
        "a.dest.example, a.*.example, false",
        "a.example, b.example, false",
    })
    void dnsNameMatchesExactlyOrByWholeLabelWildcard(
            String host, String certified, boolean matches) {
        assertThat(matches(host, TestPki.leaf("cn").dns(certified))).isEqualTo(matches);
    }

    @Test
    void ipAddressMatchesOnlyIpAddressesOfCertificate() {
        assertThat(matches("::1", TestPki.leaf("x").ip("0:0:0:0:0:0:0:1"))).isTrue();
        assertThat(matches("192.0.2.1", TestPki.leaf("x").ip("192.0.2.1"))).isTrue();
        assertThat(matches("192.0.2.1", TestPki.leaf("x").dns("192.0.2.1"))).isFalse();
        assertThat(matches("192.0.2.1", TestPki.leaf("192.0.2.1"))).isFalse();
    }

    @Test
    void commonNameCountsOnlyWithoutAlternativeNames() {
        assertThat(matches("host.example", TestPki.leaf("host.example"))).isTrue();
        assertThat(matches("host.example", TestPki.leaf("host.example").dns("other"))).isFalse();
        assertThat(matches("host.example", TestPki.leaf("host.example").uri("spiffe://x/y")))
                .isFalse();
        assertThat(matches("host.example", TestPki.leaf("host.example").ip("192.0.2.1"))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".",
                "a..b",
                "-a",
                "a b",
                "http://a",
                "a:1",
                "*.example",
                "straße.example"
            })
    void invalidHostNameIsRejected(String name) {
        assertThatThrownBy(() -> HostName.of(name)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"dotless", "my_host", "my_host.example", "host.example"})
    void nameIsSentAsSniAndMatched(String name) throws Exception {
        Issued dest = ca.issue(TestPki.leaf("x").dns(name).server());
        try (TestHandshake net = new TestHandshake(server(dest))) {
            TestHandshake.End client =
                    net.connect(client().newHandler(ByteBufAllocator.DEFAULT, name, net.port()));
            assertThat(client.session().peer().name()).isEqualTo(name);
            ReferenceCountedOpenSslEngine engine =
                    (ReferenceCountedOpenSslEngine) net.accepted().tls().engine();
            assertThat(SSL.getSniHostname(engine.sslPointer())).isEqualTo(name);
        }
    }

    @Test
    void handshakeRefusesPartialWildcard() throws Exception {
        Issued dest = ca.issue(TestPki.leaf("x").dns("d*.example").server());
        try (TestHandshake net = new TestHandshake(server(dest))) {
            TlsFailure failure =
                    net.connect(
                                    client().newHandler(
                                                    ByteBufAllocator.DEFAULT,
                                                    "dest.example",
                                                    net.port()))
                            .failure();
            assertThat(failure.reason()).isEqualTo(CloseReason.PEER_NOT_TRUSTED);
            assertThat(failure.message()).contains("not for dest.example");
        }
    }

    private SslContext server(Issued dest) throws Exception {
        return TlsContexts.server(
                new TlsMaterial(TestPki.files(dir, "dest", dest, ca), false), PeerPolicy.ANY);
    }

    private SslContext client() throws Exception {
        return TlsContexts.client(
                new TlsMaterial(TestPki.files(dir, "source", ca.source(), ca), false),
                PeerPolicy.NONE,
                false);
    }

    private boolean matches(String host, Leaf leaf) {
        X509Certificate certificate = ca.issue(leaf).leaf();
        return HostName.of(host).matches(certificate);
    }
}
