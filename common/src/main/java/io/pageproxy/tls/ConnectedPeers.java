package io.pageproxy.tls;

import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.AttributeKey;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.pageproxy.certificate.HostName;
import io.pageproxy.certificate.Purpose;
import io.pageproxy.peer.PeerAdmission;
import io.pageproxy.peer.PeerRefusedException;
import io.pageproxy.peer.PeerVerifier;
import io.pageproxy.peer.PeerWatch;
import io.pageproxy.peer.RevocationAction;
import io.pageproxy.peer.TlsFailure;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Re-verifies the peers of established connections. Once a second it checks whether certificates,
 * revocation lists or the policy have changed or something has expired, and if so verifies every
 * affected peer again as in a handshake. The checks run on a dedicated thread.
 *
 * <p>It holds one entry per connection, from the end of the handshake to the end of the connection.
 */
public final class ConnectedPeers implements PeerWatch, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ConnectedPeers.class);
    private static final long INTERVAL_MILLIS = 1000;
    private static final AttributeKey<PeerWatch> WATCH = AttributeKey.valueOf("peer-watch");

    private final ReloadingTlsContexts contexts;
    private final PeerAdmission policy;
    private final RevocationAction onRevocation;
    private final Set<Peer> peers = ConcurrentHashMap.newKeySet();
    private final ScheduledExecutorService thread =
            Executors.newSingleThreadScheduledExecutor(
                    new DefaultThreadFactory("connected-peers", true));

    /**
     * Creates an instance that checks nothing until its periodic task is started; see {@link
     * #start}.
     */
    ConnectedPeers(
            ReloadingTlsContexts contexts, PeerAdmission policy, RevocationAction onRevocation) {
        this.contexts = contexts;
        this.policy = policy;
        this.onRevocation = onRevocation;
    }

    /**
     * Starts the periodic checks.
     *
     * @param contexts whose certificates and revocation lists decide on peers
     * @param policy the policy that these contexts use
     */
    public static ConnectedPeers start(
            ReloadingTlsContexts contexts, PeerAdmission policy, RevocationAction onRevocation) {
        ConnectedPeers started = new ConnectedPeers(contexts, policy, onRevocation);
        started.thread.scheduleWithFixedDelay(
                started::checkAndLogFailures,
                INTERVAL_MILLIS,
                INTERVAL_MILLIS,
                TimeUnit.MILLISECONDS);
        return started;
    }

    /** Decorates a factory of TLS handlers so that its connections are watched. */
    public Function<Channel, SslHandler> watching(Function<Channel, SslHandler> handlers) {
        return channel -> {
            channel.attr(WATCH).set(this);
            return handlers.apply(channel);
        };
    }

    /** Returns the watch of a connection, if it has one. */
    public static Optional<PeerWatch> of(Channel channel) {
        return Optional.ofNullable(channel.attr(WATCH).get());
    }

    @Override
    public RevocationAction onRevocation() {
        return onRevocation;
    }

    @Override
    public Watched watch(SslHandler tls, Consumer<TlsFailure> onRefused)
            throws SSLPeerUnverifiedException {
        Peer peer = new Peer(tls.engine(), onRefused);
        peers.add(peer);
        return peer;
    }

    /** Schedules a check now and returns immediately; callable on any thread (used for SIGHUP). */
    public void checkSoon() {
        thread.execute(this::checkAndLogFailures);
    }

    private void checkAndLogFailures() {
        try {
            check();
        } catch (RuntimeException | Error e) {
            // An exception would cancel the periodic task. Affected peers are verified again by the
            // next check.
            LOG.error("internal error, please report it", e);
        }
    }

    /** Checks the files and re-verifies the peers for which something has changed. */
    void check() {
        contexts.current();
        policy.reloadIfChanged();
        peers.forEach(Peer::reverify);
    }

    /** Number of watched connections. */
    int count() {
        return peers.size();
    }

    private Versions versions() {
        return new Versions(contexts.generation(), policy.version());
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }

    /**
     * The versions of everything that a verdict depends on.
     *
     * @param files generation of the loaded files
     * @param policy version of the policy
     */
    private record Versions(long files, Object policy) {}

    /** One watched connection. */
    private final class Peer implements Watched {
        private final X509Certificate[] chain;
        private final Purpose purpose;
        private final Optional<HostName> host;
        private final Consumer<TlsFailure> onRefused;

        // Guarded by this: the last verdict, and when it must be checked again.
        private Versions verifiedWith;
        private Instant verdictValidUntil = Instant.MIN;
        private Optional<TlsFailure> verdict = Optional.empty();

        Peer(SSLEngine engine, Consumer<TlsFailure> onRefused) throws SSLPeerUnverifiedException {
            this.chain =
                    Arrays.stream(engine.getSession().getPeerCertificates())
                            .map(X509Certificate.class::cast)
                            .toArray(X509Certificate[]::new);
            this.purpose = engine.getUseClientMode() ? Purpose.SERVER : Purpose.CLIENT;
            this.host = Optional.ofNullable(engine.getPeerHost()).map(HostName::of);
            this.onRefused = onRefused;
        }

        @Override
        public synchronized Optional<TlsFailure> recheck() {
            Versions now = versions();
            if (!now.equals(verifiedWith) || Instant.now().isAfter(verdictValidUntil)) {
                verifiedWith = now;
                verdict = verdict();
            }
            return verdict;
        }

        private Optional<TlsFailure> verdict() {
            PeerVerifier verifier = contexts.verifier();
            try {
                verifier.verify(chain, purpose, host);
                verdictValidUntil = verifier.verdictValidUntil(chain);
                return Optional.empty();
            } catch (PeerRefusedException e) {
                verdictValidUntil = Instant.MAX; // Time does not turn a refusal into approval.
                return Optional.of(e.failure());
            }
        }

        private void reverify() {
            Optional<TlsFailure> fresh;
            synchronized (this) {
                Optional<TlsFailure> before = verdict;
                fresh = recheck().filter(failure -> !before.equals(Optional.of(failure)));
            }
            fresh.ifPresent(onRefused);
        }

        @Override
        public void end() {
            peers.remove(this);
        }
    }
}
