package io.pageproxy.dest.ingress;

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
 * The connections that nobody has been authenticated on yet: so many may be under way, and so many
 * from one address.
 *
 * <p>Who comes is let in, and another one has to go, since strangers who hold all the places must
 * not keep out the peer. The first to go is one that was silent for {@link #PATIENCE}, then one of
 * the address that has the most, then the oldest. Where an address has its share, and none of it is
 * silent, the next one from there waits unread until a place is free: sessions and lanes that begin
 * together do so quickly, and none is lost.
 *
 * <p>Safe for all threads.
 */
public final class Handshakes {
    /** A connection that has not sent a TLS hello by then gives way to one that waits. */
    static final Duration PATIENCE = Duration.ofSeconds(1);

    private final int most;
    private final int mostPerAddress;
    private final LongSupplier nanoClock;
    private final Map<Channel, Handshake> underWay = new LinkedHashMap<>();

    /**
     * None under way yet.
     *
     * @param most how many at a time; 1 or more
     * @param mostPerAddress how many of these may go on at a time for one IPv4 address, one /64
     *     network of IPv6, or one user over a Unix socket; 1 or more
     */
    public Handshakes(int most, int mostPerAddress) {
        this(most, mostPerAddress, System::nanoTime);
    }

    Handshakes(int most, int mostPerAddress, LongSupplier nanoClock) {
        this.most = most;
        this.mostPerAddress = mostPerAddress;
        this.nanoClock = nanoClock;
    }

    /** A connection has come; on its event loop, before it is read. It counts until its end. */
    public void begin(Channel channel) {
        SourceNetwork network = SourceNetwork.of(channel);
        begin(channel, network);
        channel.closeFuture().addListener(closed -> end(channel));
    }

    private synchronized void begin(Channel channel, SourceNetwork network) {
        Handshake newcomer = new Handshake(channel, network, nanoClock.getAsLong());
        if (underWay.size() >= most) {
            underWay.values().stream().min(firstToGo()).ifPresent(this::turnAway);
        }
        if (goingOn(network) >= mostPerAddress) {
            newcomer.hold();
            channel.eventLoop()
                    .schedule(() -> makeRoom(network), PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        }
        underWay.put(channel, newcomer);
        makeRoom(network);
    }

    /** Its peer has been authenticated, or it is closed; any thread. */
    public synchronized void end(Channel channel) {
        Handshake ended = underWay.remove(channel);
        if (ended != null) {
            makeRoom(ended.network);
        }
    }

    /** How many are under way. */
    public synchronized int count() {
        return underWay.size();
    }

    /** Lets those go on that wait, in the place of silent ones too. */
    private synchronized void makeRoom(SourceNetwork network) {
        for (Handshake next : underWay.values().stream().filter(h -> h.waits(network)).toList()) {
            if (goingOn(network) >= mostPerAddress) {
                underWay.values().stream()
                        .filter(h -> h.goesOn(network) && idle(h))
                        .findFirst()
                        .ifPresent(this::turnAway);
            }
            if (goingOn(network) < mostPerAddress) {
                next.goOn();
            }
        }
    }

    private long goingOn(SourceNetwork network) {
        return underWay.values().stream().filter(h -> h.goesOn(network)).count();
    }

    private boolean idle(Handshake handshake) {
        return handshake.silent()
                && nanoClock.getAsLong() - handshake.startNanos >= PATIENCE.toNanos();
    }

    private Comparator<Handshake> firstToGo() {
        Map<SourceNetwork, Integer> counts = new LinkedHashMap<>();
        underWay.values().forEach(h -> counts.merge(h.network, 1, Integer::sum));
        return Comparator.<Handshake, Boolean>comparing(h -> !idle(h))
                .thenComparing(h -> -counts.get(h.network))
                .thenComparing(h -> h.startNanos);
    }

    private void turnAway(Handshake handshake) {
        underWay.remove(handshake.channel);
        handshake.fail(
                new SessionException(
                        CloseReason.LIMIT_EXCEEDED,
                        "more connections came than may be in their handshake (--max-handshakes "
                                + most
                                + ", --max-handshakes-per-address "
                                + mostPerAddress
                                + "), and this one had to go"));
    }

    /** One connection. */
    private static final class Handshake {
        private final Channel channel;
        private final SourceNetwork network;
        private final long startNanos;
        private boolean held;

        Handshake(Channel channel, SourceNetwork network, long startNanos) {
            this.channel = channel;
            this.network = network;
            this.startNanos = startNanos;
        }

        boolean waits(SourceNetwork from) {
            return held && network.equals(from);
        }

        boolean goesOn(SourceNetwork from) {
            return !held && network.equals(from);
        }

        /** We speak only where a hello was said. */
        boolean silent() {
            return channel.pipeline().get(WireCounter.class).sentBytes() == 0;
        }

        void hold() {
            held = true;
            channel.config().setAutoRead(false);
        }

        void goOn() {
            held = false;
            channel.config().setAutoRead(true);
        }

        void fail(SessionException why) {
            channel.eventLoop().execute(() -> channel.pipeline().fireExceptionCaught(why));
        }
    }
}
