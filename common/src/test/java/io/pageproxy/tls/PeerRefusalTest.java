package io.pageproxy.tls;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.pageproxy.tls.TestPki.Issued;
import io.pageproxy.tls.TlsFailure.Kind;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Set;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every refusal over real connections: the kind and the words at the end that refuses, and at the
 * end that is refused.
 */
class PeerRefusalTest {
    private static final PeerPolicy ALLOW_SOURCE =
            new PeerPolicy(Set.of("source"), Set.of(), Set.of(), Set.of(), false);

    @TempDir Path dir;
    private final TestPki ca = new TestPki("test CA");

    @Test
    void serverRefusesAClientOfAnotherCa() throws Exception {
        serverRefuses(new TestPki("other CA").source(), Kind.PEER_UNTRUSTED, "--ca", "unknown_ca");
    }

    @Test
    void serverRefusesAClientOfACaWithTheSameNameAndAnotherKey() throws Exception {
        serverRefuses(new TestPki("test CA").source(), Kind.PEER_UNTRUSTED, "--ca", "unknown_ca");
    }

    @Test
    void serverRefusesASelfSignedClient() throws Exception {
        serverRefuses(
                TestPki.selfSigned(TestPki.leaf("source").dns("source").client()),
                Kind.PEER_UNTRUSTED,
                "self-signed",
                "unknown_ca");
    }

    @Test
    void serverRefusesAnExpiredClient() throws Exception {
        serverRefuses(
                ca.issue(TestPki.leaf("source").dns("source").client().expired()),
                Kind.PEER_EXPIRED,
                "expired at",
                "certificate_expired");
    }

    @Test
    void serverRefusesAClientThatIsNotYetValid() throws Exception {
        serverRefuses(
                ca.issue(TestPki.leaf("source").dns("source").client().notYetValid()),
                Kind.PEER_EXPIRED,
                "not valid before",
                "certificate_expired");
    }

    @Test
    void serverRefusesAServersCertificateUsedByAClient() throws Exception {
        serverRefuses(
                ca.issue(TestPki.leaf("source").dns("source").server()),
                Kind.WRONG_PURPOSE,
                "lacks clientAuth",
                "unsupported_certificate");
    }

    @Test
    void serverRefusesAClientWhoseKeyMayNotSign() throws Exception {
        serverRefuses(
                ca.issue(
                        TestPki.leaf("source")
                                .dns("source")
                                .client()
                                .keyUsage(KeyUsage.keyAgreement)),
                Kind.WRONG_PURPOSE,
                "lacks clientAuth",
                "unsupported_certificate");
    }

    @Test
    void serverRefusesAClientWithAShortRsaKey() throws Exception {
        serverRefuses(
                ca.issue(
                        TestPki.leaf("source")
                                .dns("source")
                                .client()
                                .keys(TestPki.keyPair("RSA", 1024))),
                Kind.PEER_UNTRUSTED,
                "1024 bits",
                "unknown_ca");
    }

    @Test
    void serverRefusesAClientThatNoOptionNames() throws Exception {
        serverRefuses(
                ca.issue(TestPki.leaf("mallory").dns("mallory").client()),
                Kind.PEER_NOT_ALLOWED,
                "DNS [mallory]",
                "bad_certificate");
    }

    @Test
    void serverRefusesARevokedClient() throws Exception {
        Issued source = ca.source();
        serverRefuses(
                source,
                Kind.PEER_REVOKED,
                "is revoked",
                "certificate_revoked",
                ca.crl(source.leaf()));
    }

    /** A list that was in force when it was loaded and has since expired. */
    @Test
    void serverRefusesAnyClientOnceItsListHasExpired() throws Exception {
        Instant soon = Instant.now().plus(2, ChronoUnit.SECONDS);
        TlsFiles files = TestPki.files(dir, "dest", ca.dest(), ca, ca.crl(soon));
        SslContext server = TlsContexts.server(new TlsMaterial(files, false), ALLOW_SOURCE);
        org.awaitility.Awaitility.await().until(() -> Instant.now().isAfter(soon.plusSeconds(1)));
        refusal(
                server,
                evilClient(ca.source()),
                Kind.PEER_REVOKED,
                "no list in force",
                "certificate_revoked");
    }

    @Test
    void explore() throws Exception {
        System.err.println("EXPLORE");
        SslContext server = server();
        try (TestHandshake net =
                new TestHandshake(() -> server.newHandler(UnpooledByteBufAllocator.DEFAULT))) {
            // no certificate
            dump(
                    net,
                    "no cert",
                    SslContextBuilder.forClient()
                            .sslProvider(SslProvider.OPENSSL)
                            .protocols("TLSv1.3")
                            .trustManager(InsecureTrustManagerFactory.INSTANCE)
                            .endpointIdentificationAlgorithm(null)
                            .applicationProtocolConfig(alpn("pageproxy/1"))
                            .build());
            dump(net, "alpn other", client(ca.source(), "TLSv1.3", "h2"));
            dump(net, "alpn none", client(ca.source(), "TLSv1.3", null));
            dump(net, "tls12", client(ca.source(), "TLSv1.2", "pageproxy/1"));
            for (String raw :
                    new String[] {"GET / HTTP/1.0\r\n\r\n", "garbage garbage", "", "\u0016"}) {
                try (Socket s = new Socket(java.net.InetAddress.getLoopbackAddress(), net.port())) {
                    s.getOutputStream().write(raw.getBytes(StandardCharsets.ISO_8859_1));
                    s.shutdownOutput();
                    s.getInputStream().readAllBytes();
                }
                TestHandshake.End e = net.accepted();
                print("raw " + raw, e.thrown());
            }
            try (Socket s = new Socket(java.net.InetAddress.getLoopbackAddress(), net.port())) {
                s.setSoLinger(true, 0);
            }
            print("reset ", net.accepted().thrown());
            for (Issued i :
                    new Issued[] {
                        new TestPki("other CA").source(),
                        ca.issue(TestPki.leaf("x").client()),
                        ca.issue(TestPki.leaf("source").dns("source").client().expired()),
                        ca.issue(TestPki.leaf("source").dns("source").server())
                    }) dump(net, "client " + i.leaf().getSubjectX500Principal(), evilClient(i));
        }
        for (String what :
                new String[] {"otherca", "name", "expired", "purpose", "tls12", "alpn", "good"}) {
            Issued i =
                    what.equals("otherca")
                            ? new TestPki("o").dest()
                            : what.equals("name")
                                    ? ca.issue(TestPki.leaf("q").dns("q").server())
                                    : what.equals("expired")
                                            ? ca.issue(
                                                    TestPki.leaf("q")
                                                            .ip("127.0.0.1")
                                                            .server()
                                                            .expired())
                                            : what.equals("purpose")
                                                    ? ca.issue(
                                                            TestPki.leaf("q")
                                                                    .ip("127.0.0.1")
                                                                    .client())
                                                    : ca.dest();
            SslContext s2 =
                    evilServer(
                            i,
                            what.equals("tls12") ? "TLSv1.2" : "TLSv1.3",
                            what.equals("alpn") ? null : "pageproxy/1");
            SslContext c =
                    TlsContexts.client(
                            new TlsMaterial(TestPki.files(dir, "source", ca.source(), ca), false),
                            PeerPolicy.NONE,
                            false);
            try (TestHandshake net =
                    new TestHandshake(() -> s2.newHandler(UnpooledByteBufAllocator.DEFAULT))) {
                dump(net, "server " + what, c);
            }
        }
    }

    static void dump(TestHandshake net, String what, SslContext client) throws Exception {
        TestHandshake.End c =
                net.connect(
                        client.newHandler(
                                UnpooledByteBufAllocator.DEFAULT, "127.0.0.1", net.port()));
        TestHandshake.End s = net.accepted();
        for (TestHandshake.End e : new TestHandshake.End[] {c, s}) {
            try {
                System.err.println(what + " ok " + e.session());
            } catch (java.util.concurrent.ExecutionException x) {
                print(what + (e == c ? " CLIENT" : " SERVER"), x.getCause());
            }
        }
    }

    static void print(String what, Throwable t) {
        System.err.println("== " + what + " -> " + TlsFailures.describe(t));
        for (; t != null; t = t.getCause()) System.err.println("     " + t);
    }

    static ApplicationProtocolConfig alpn(String p) {
        return new ApplicationProtocolConfig(
                Protocol.ALPN,
                SelectorFailureBehavior.NO_ADVERTISE,
                SelectedListenerFailureBehavior.ACCEPT,
                p);
    }

    private SslContext client(Issued i, String proto, String alpn) throws Exception {
        SslContextBuilder b =
                SslContextBuilder.forClient()
                        .sslProvider(SslProvider.OPENSSL)
                        .protocols(proto)
                        .keyManager(
                                i.keys().getPrivate(), i.chain().toArray(X509Certificate[]::new))
                        .trustManager(InsecureTrustManagerFactory.INSTANCE)
                        .endpointIdentificationAlgorithm(null);
        if (alpn != null) b.applicationProtocolConfig(alpn(alpn));
        return b.build();
    }

    private SslContext evilClient(Issued i) throws Exception {
        return client(i, "TLSv1.3", "pageproxy/1");
    }

    private SslContext evilServer(Issued i, String proto, String alpn) throws Exception {
        SslContextBuilder b =
                SslContextBuilder.forServer(
                                i.keys().getPrivate(), i.chain().toArray(X509Certificate[]::new))
                        .sslProvider(SslProvider.OPENSSL)
                        .protocols(proto)
                        .trustManager(InsecureTrustManagerFactory.INSTANCE)
                        .clientAuth(ClientAuth.REQUIRE);
        if (alpn != null) b.applicationProtocolConfig(alpn(alpn));
        return b.build();
    }

    private SslContext server(X509CRL... crls) throws Exception {
        TlsFiles files =
                crls.length == 0
                        ? TestPki.files(dir, "dest", ca.dest(), ca)
                        : TestPki.files(dir, "dest", ca.dest(), ca, crls);
        return TlsContexts.server(new TlsMaterial(files, false), ALLOW_SOURCE);
    }

    private void serverRefuses(
            Issued client, Kind kind, String words, String alert, X509CRL... crls)
            throws Exception {
        refusal(server(crls), evilClient(client), kind, words, alert);
    }

    private static void refusal(
            SslContext server, SslContext client, Kind kind, String words, String alert)
            throws Exception {
        try (TestHandshake net =
                new TestHandshake(() -> server.newHandler(UnpooledByteBufAllocator.DEFAULT))) {
            TestHandshake.End c =
                    net.connect(
                            client.newHandler(
                                    UnpooledByteBufAllocator.DEFAULT, "127.0.0.1", net.port()));
            TlsFailure atServer = net.accepted().failure();
            assertThat(atServer.kind()).as(atServer.message()).isEqualTo(kind);
            assertThat(atServer.message()).contains(words);
            TlsFailure atClient = c.failure();
            assertThat(atClient.kind()).as(atClient.message()).isEqualTo(Kind.REFUSED_BY_PEER);
            assertThat(atClient.message()).contains(alert);
        }
    }
}
