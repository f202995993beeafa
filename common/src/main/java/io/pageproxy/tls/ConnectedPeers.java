package io.pageproxy.tls;

import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.AttributeKey;
import io.netty.util.concurrent.DefaultThreadFactory;
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
 * The peers of all connections of one side. Once a second it looks whether certificates, revocation
 * lists or policy have changed, or time has made one of them expire, and then judges every peer
 * again as in a handshake. All of that is done on a thread of its own.
 *
 * <p>It holds one entry a connection, from its handshake to its end.
 */
public final class ConnectedPeers implements PeerWatch, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ConnectedPeers.class);
    private static final long INTERVAL_MILLIS = 1000;
    private static final AttributeKey<PeerWatch> WATCH = AttributeKey.valueOf("peer-watch");

    private final ReloadingTlsContexts contexts;
    private final PeerAdmission policy;
    private final OnRevocation onRevocation;
    private final Set<Peer> peers = ConcurrentHashMap.newKeySet();
    private final ScheduledExecutorService thread =
            Executors.newSingleThreadScheduledExecutor(
                    new DefaultThreadFactory("connected-peers", true));

    /** The one that {@link #start} starts; it does nothing by itself. */
    ConnectedPeers(ReloadingTlsContexts contexts, PeerAdmission policy, OnRevocation onRevocation) {
        this.contexts = contexts;
        this.policy = policy;
        this.onRevocation = onRevocation;
    }

    /**
     * Starts to look.
     *
     * @param contexts by whose files peers are judged
     * @param policy the policy in these contexts
     */
    public static ConnectedPeers start(
            ReloadingTlsContexts contexts, PeerAdmission policy, OnRevocation onRevocation) {
        ConnectedPeers started = new ConnectedPeers(contexts, policy, onRevocation);
        started.thread.scheduleWithFixedDelay(
                started::lookAndLogFailures,
                INTERVAL_MILLIS,
                INTERVAL_MILLIS,
                TimeUnit.MILLISECONDS);
        return started;
    }

    /** The same handlers, for connections that are watched. */
    public Function<Channel, SslHandler> watching(Function<Channel, SslHandler> handlers) {
        return channel -> {
            channel.attr(WATCH).set(this);
            return handlers.apply(channel);
        };
    }

    /** Who watches a connection, if anybody. */
    public static Optional<PeerWatch> of(Channel channel) {
        return Optional.ofNullable(channel.attr(WATCH).get());
    }

    @Override
    public OnRevocation onRevocation() {
        return onRevocation;
    }

    @Override
    public Watched watch(SslHandler tls, Consumer<TlsFailure> onRefused)
            throws SSLPeerUnverifiedException {
        Peer peer = new Peer(tls.engine(), onRefused);
        peers.add(peer);
        return peer;
    }

    /** Looks now, from any thread, without waiting for what it finds (SIGHUP). */
    public void lookSoon() {
        thread.execute(this::lookAndLogFailures);
    }

    private void lookAndLogFailures() {
        try {
            look();
        } catch (RuntimeException | Error e) {
            // The next look must still come, and a connection that is not judged is not let off.
            LOG.error("a fault of pageproxy's own, please report it", e);
        }
    }

    /** Looks at the files, and judges the peers for which something has changed. */
    void look() {
        contexts.current();
        policy.lookForChanges();
        peers.forEach(Peer::judgeAgain);
    }

    /** How many are watched. */
    int count() {
        return peers.size();
    }

    private InForce inForce() {
        return new InForce(contexts.generation(), policy.version());
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }

    /**
     * By what a peer was judged.
     *
     * @param files which load of the files
     * @param policy which version of the policy
     */
    private record InForce(long files, Object policy) {}

    /** One connection's. */
    private final class Peer implements Watched {
        private final X509Certificate[] chain;
        private final Purpose purpose;
        private final Optional<HostName> host;
        private final Consumer<TlsFailure> onRefused;

        // Guarded by this: what the last verdict was, and when another may be due.
        private InForce judgedBy;
        private Instant holdsUntil = Instant.MIN;
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
            InForce now = inForce();
            if (!now.equals(judgedBy) || Instant.now().isAfter(holdsUntil)) {
                judgedBy = now;
                verdict = verdict();
            }
            return verdict;
        }

        private Optional<TlsFailure> verdict() {
            PeerVerifier verifier = contexts.verifier();
            try {
                verifier.verify(chain, purpose, host);
                holdsUntil = verifier.verdictHoldsUntil(chain);
                return Optional.empty();
            } catch (PeerRefusedException e) {
                holdsUntil = Instant.MAX; // Time does not mend it.
                return Optional.of(e.failure());
            }
        }

        private void judgeAgain() {
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
