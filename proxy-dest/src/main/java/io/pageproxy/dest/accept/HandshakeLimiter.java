package io.pageproxy.dest.accept;

import io.netty.channel.Channel;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import io.pageproxy.tunnel.WireCounter;
import java.time.Duration;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Limits the connections on which no peer has been authenticated yet, in total and per address.
 *
 * <p>A new connection is always accepted and, beyond the total limit, another one is closed, so
 * that strangers who occupy all places cannot keep the peer out. The first to be closed is one that
 * has been silent for {@link #SILENCE_TIMEOUT}, then one of the address with the most connections,
 * then the oldest. Beyond the limit of its address a new connection waits unread until one of that
 * address has been authenticated or closed, or has been silent for too long: sessions and lanes
 * that begin together are authenticated quickly, and none of them is lost.
 *
 * <p>Thread-safe.
 */
public final class HandshakeLimiter {
    /** A connection that has sent no TLS hello for this long is closed in favour of another one. */
    static final Duration SILENCE_TIMEOUT = Duration.ofSeconds(1);

    private final int max;
    private final int maxPerAddress;
    private final LongSupplier nanoClock;
    private final Map<Channel, Handshake> handshakes = new LinkedHashMap<>();

    /**
     * A limiter without connections.
     *
     * @param max the limit of connections in total; at least 1
     * @param maxPerAddress the limit of handshakes at a time for one IPv4 address, one /64 network
     *     of IPv6, or one user of a Unix socket; at least 1
     */
    public HandshakeLimiter(int max, int maxPerAddress) {
        this(max, maxPerAddress, System::nanoTime);
    }

    HandshakeLimiter(int max, int maxPerAddress, LongSupplier nanoClock) {
        this.max = max;
        this.maxPerAddress = maxPerAddress;
        this.nanoClock = nanoClock;
    }

    /**
     * A connection was accepted and has not been read. It counts until {@link #end} or its close.
     * On its event loop.
     */
    public void begin(Channel channel) {
        SourceNetwork network = SourceNetwork.of(channel);
        begin(channel, network);
        channel.closeFuture().addListener(closed -> end(channel));
    }

    private synchronized void begin(Channel channel, SourceNetwork network) {
        Handshake newcomer = new Handshake(channel, network, nanoClock.getAsLong());
        if (handshakes.size() >= max) {
            handshakes.values().stream().min(byEvictionOrder()).ifPresent(this::evict);
        }
        if (active(network) >= maxPerAddress) {
            newcomer.pause();
            channel.eventLoop()
                    .schedule(
                            () -> makeRoom(network),
                            SILENCE_TIMEOUT.toMillis(),
                            TimeUnit.MILLISECONDS);
        }
        handshakes.put(channel, newcomer);
        makeRoom(network);
    }

    /** The peer of that connection has been authenticated, or the connection is closed. */
    public synchronized void end(Channel channel) {
        Handshake ended = handshakes.remove(channel);
        if (ended != null) {
            makeRoom(ended.network);
        }
    }

    /** The number of connections in their handshake. */
    public synchronized int count() {
        return handshakes.size();
    }

    /** Resumes waiting connections of that network, and closes silent ones in their favour. */
    private synchronized void makeRoom(SourceNetwork network) {
        for (Handshake next :
                handshakes.values().stream().filter(h -> h.isWaiting(network)).toList()) {
            if (active(network) >= maxPerAddress) {
                handshakes.values().stream()
                        .filter(h -> h.isActive(network) && isOverdue(h))
                        .findFirst()
                        .ifPresent(this::evict);
            }
            if (active(network) < maxPerAddress) {
                next.resume();
            }
        }
    }

    private long active(SourceNetwork network) {
        return handshakes.values().stream().filter(h -> h.isActive(network)).count();
    }

    private boolean isOverdue(Handshake handshake) {
        return handshake.isSilent()
                && nanoClock.getAsLong() - handshake.startNanos >= SILENCE_TIMEOUT.toNanos();
    }

    private Comparator<Handshake> byEvictionOrder() {
        Map<SourceNetwork, Integer> counts = new LinkedHashMap<>();
        handshakes.values().forEach(h -> counts.merge(h.network, 1, Integer::sum));
        return Comparator.<Handshake, Boolean>comparing(h -> !isOverdue(h))
                .thenComparing(h -> -counts.get(h.network))
                .thenComparing(h -> h.startNanos);
    }

    private void evict(Handshake handshake) {
        handshakes.remove(handshake.channel);
        handshake.fail(
                new SessionException(
                        CloseReason.LIMIT_EXCEEDED,
                        "too many connections are in their handshake (--max-handshakes "
                                + max
                                + ", --max-handshakes-per-address "
                                + maxPerAddress
                                + "), so this one was closed"));
    }

    /** A connection in its handshake. */
    private static final class Handshake {
        private final Channel channel;
        private final SourceNetwork network;
        private final long startNanos;
        private boolean paused;

        Handshake(Channel channel, SourceNetwork network, long startNanos) {
            this.channel = channel;
            this.network = network;
            this.startNanos = startNanos;
        }

        boolean isWaiting(SourceNetwork from) {
            return paused && network.equals(from);
        }

        boolean isActive(SourceNetwork from) {
            return !paused && network.equals(from);
        }

        /** Whether no TLS hello has come: we send nothing before it. */
        boolean isSilent() {
            return channel.pipeline().get(WireCounter.class).sentBytes() == 0;
        }

        void pause() {
            paused = true;
            channel.config().setAutoRead(false);
        }

        void resume() {
            paused = false;
            channel.config().setAutoRead(true);
        }

        void fail(SessionException why) {
            channel.eventLoop().execute(() -> channel.pipeline().fireExceptionCaught(why));
        }
    }
}
