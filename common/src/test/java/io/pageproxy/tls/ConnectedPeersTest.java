package io.pageproxy.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.SslHandler;
import io.pageproxy.peer.PeerAdmission;
import io.pageproxy.peer.PeerPolicy;
import io.pageproxy.peer.PeerWatch.Watched;
import io.pageproxy.peer.RevocationAction;
import io.pageproxy.peer.TlsFailure;
import io.pageproxy.session.CloseReason;
import io.pageproxy.tls.TestPki.Issued;
import java.nio.file.Path;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Verifies peers of established connections again, on both sides of a real connection. */
class ConnectedPeersTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(20);

    @TempDir private Path dir;
    private final TestPki ca = new TestPki("test CA");
    private final Issued source = ca.source();
    private final Issued dest = ca.dest();
    private final ChangingPolicy policy = new ChangingPolicy();
    private final Queue<TlsFailure> refusedByDest = new ConcurrentLinkedQueue<>();
    private final Queue<TlsFailure> refusedBySource = new ConcurrentLinkedQueue<>();

    private TestHandshake net;
    private ReloadingTlsContexts destContexts;
    private ReloadingTlsContexts sourceContexts;
    private ConnectedPeers ofDest;
    private ConnectedPeers ofSource;
    private Watched watchedSource;
    private Watched watchedDest;

    @BeforeEach
    void connect() throws Exception {
        destContexts =
                ReloadingTlsContexts.server(
                        TestPki.files(dir, "dest", dest, ca, ca.crl()), false, policy);
        sourceContexts =
                ReloadingTlsContexts.client(
                        TestPki.files(dir, "source", source, ca, ca.crl()),
                        false,
                        PeerPolicy.NONE,
                        false);
        TlsHandlers server = new TlsHandlers(destContexts, TIMEOUT);
        TlsHandlers client = new TlsHandlers(sourceContexts, TIMEOUT);
        net = new TestHandshake(() -> server.newHandler(ByteBufAllocator.DEFAULT));
        TestHandshake.End clientEnd =
                net.connect(
                        client.newClientHandler(ByteBufAllocator.DEFAULT, "127.0.0.1", net.port()));
        assertThat(clientEnd.session()).isNotNull();
        SslHandler serverTls = net.accepted().tls();
        ofDest = new ConnectedPeers(destContexts, policy, RevocationAction.FINISH);
        ofSource = new ConnectedPeers(sourceContexts, PeerPolicy.NONE, RevocationAction.FINISH);
        watchedSource = ofDest.watch(serverTls, refusedByDest::add);
        watchedDest = ofSource.watch(clientEnd.tls(), refusedBySource::add);
        assertThat(watchedSource.recheck()).isEmpty();
        assertThat(watchedDest.recheck()).isEmpty();
    }

    @AfterEach
    void close() {
        ofDest.close();
        ofSource.close();
        net.close();
    }

    @Test
    void destRefusesConnectedPeerOnceItIsRevoked() {
        revoke("dest-crl.pem", source.leaf());
        destContexts.reload();
        ofDest.check();
        ofDest.check();
        assertThat(refusedByDest).singleElement().satisfies(f -> assertRefused(f, "is revoked"));
        assertThat(watchedSource.recheck()).isPresent();
    }

    private static void assertRefused(TlsFailure failure, String message) {
        assertThat(failure.reason()).isEqualTo(CloseReason.PEER_NOT_TRUSTED);
        assertThat(failure.message()).contains(message);
    }

    @Test
    void sourceRefusesConnectedPeerOnceItIsRevoked() {
        revoke("source-crl.pem", dest.leaf());
        sourceContexts.reload();
        ofSource.check();
        assertThat(refusedBySource).singleElement().satisfies(f -> assertRefused(f, "is revoked"));
    }

    /** A recheck on the event loop does not wait for the next periodic check. */
    @Test
    void recheckUsesFilesAndPolicyCurrentlyInForce() {
        revoke("dest-crl.pem", source.leaf());
        destContexts.reload();
        assertThat(watchedSource.recheck()).isPresent();
    }

    @Test
    void revocationOfAnotherCertificateChangesNothing() {
        revoke("dest-crl.pem", ca.source().leaf());
        destContexts.reload();
        ofDest.check();
        assertThat(refusedByDest).isEmpty();
        assertThat(watchedSource.recheck()).isEmpty();
    }

    @Test
    void policyChangeRefusesPeerAndCanAllowItAgain() {
        policy.allowed = false;
        ofDest.check();
        assertThat(refusedByDest)
                .singleElement()
                .satisfies(f -> assertRefused(f, "but not allowed"));
        policy.allowed = true;
        ofDest.check();
        assertThat(watchedSource.recheck()).isEmpty();
    }

    @Test
    void expiredRevocationListRefusesPeerAsInHandshake() {
        Instant soon = Instant.now().plus(1500, ChronoUnit.MILLIS);
        write("dest-crl.pem", ca.crl(soon));
        destContexts.reload();
        ofDest.check();
        assertThat(refusedByDest).isEmpty();
        await().until(() -> watchedSource.recheck().isPresent());
        ofDest.check();
        assertThat(Instant.now()).isAfter(soon.truncatedTo(ChronoUnit.SECONDS));
        assertThat(watchedSource.recheck().orElseThrow().message()).contains("no list in force");
    }

    @Test
    void removingCaFromBundleRefusesItsPeers() {
        TestPki other = new TestPki("other CA");
        TestPki.write(dir.resolve("source-ca.pem"), TestPki.pem(other.certificate));
        write("source-crl.pem", other.crl());
        sourceContexts.reload();
        ofSource.check();
        assertThat(refusedBySource)
                .singleElement()
                .satisfies(f -> assertRefused(f, "does not lead to a CA"));
    }

    @Test
    void closedConnectionsAreForgotten() {
        assertThat(ofDest.count()).isEqualTo(1);
        watchedSource.end();
        assertThat(ofDest.count()).isZero();
    }

    @Test
    void checksRunPeriodically() {
        try (ConnectedPeers looking =
                ConnectedPeers.start(destContexts, policy, RevocationAction.ABORT)) {
            long reloads = policy.reloads;
            await().until(() -> policy.reloads > reloads + 1);
            assertThat(looking.onRevocation()).isEqualTo(RevocationAction.ABORT);
        }
    }

    private void revoke(String file, X509Certificate revoked) {
        write(file, ca.crl(revoked));
    }

    private void write(String file, X509CRL list) {
        TestPki.write(dir.resolve(file), TestPki.pem(list));
    }

    /** A policy that the test can change at any time. */
    private static final class ChangingPolicy implements PeerAdmission {
        private volatile boolean allowed = true;
        private volatile long reloads;

        @Override
        public Optional<String> refusal(X509Certificate leaf) {
            return allowed ? Optional.empty() : Optional.of("the test says so");
        }

        @Override
        public Object version() {
            return allowed;
        }

        @Override
        public synchronized void reloadIfChanged() {
            reloads++;
        }
    }
}
