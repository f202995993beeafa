package io.pageproxy.dest.accept;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import io.pageproxy.tunnel.WireCounter;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HandshakeLimiterTest {
    private static final long TIMEOUT_NANOS = HandshakeLimiter.SILENCE_TIMEOUT.toNanos();

    private final List<Connection> connections = new ArrayList<>();
    private long nowNanos;
    private HandshakeLimiter handshakes = new HandshakeLimiter(4, 2, () -> nowNanos);

    @AfterEach
    void closeAll() {
        connections.forEach(EmbeddedChannel::finishAndReleaseAll);
    }

    @Test
    void connectionsWithinTheLimitsAreReadImmediatelyAndNoneIsRefused() {
        Connection first = connect("192.0.2.1");
        Connection second = connect("192.0.2.1");
        Connection other = connect("192.0.2.2");

        assertThat(List.of(first, second, other)).allMatch(Connection::isRead);
        assertThat(handshakes.count()).isEqualTo(3);
    }

    @Test
    void closedOrAuthenticatedConnectionsAreNotCounted() {
        connect("192.0.2.1").close();
        handshakes.end(connect("192.0.2.1"));

        assertThat(handshakes.count()).isZero();
    }

    @Test
    void overTheTotalLimitTheOldestConnectionOfTheBusiestAddressIsRefused() {
        Connection peer = connect("192.0.2.1");
        nowNanos++;
        Connection oldest = connect("192.0.2.2");
        nowNanos++;
        Connection second = connect("192.0.2.2");
        connect("192.0.2.3");

        Connection newcomer = connect("192.0.2.4");

        assertThat(oldest.refusal()).isEqualTo(CloseReason.LIMIT_EXCEEDED);
        assertThat(List.of(peer, second, newcomer)).allMatch(c -> c.refusal() == null);
        assertThat(handshakes.count()).isEqualTo(4);
    }

    @Test
    void overTheTotalLimitASilentConnectionIsRefusedFirst() {
        Connection silent = connect("192.0.2.9");
        connect("192.0.2.2").sayHello();
        connect("192.0.2.2").sayHello();
        connect("192.0.2.3").sayHello();
        nowNanos += TIMEOUT_NANOS;

        connect("192.0.2.4");

        assertThat(silent.refusal()).isEqualTo(CloseReason.LIMIT_EXCEEDED);
    }

    @Test
    void connectionOverTheLimitOfItsAddressWaitsForAHandshakeToComplete() {
        Connection first = connect("192.0.2.1");
        connect("192.0.2.1");
        Connection third = connect("192.0.2.1");
        assertThat(third.isRead()).isFalse();

        handshakes.end(first);

        assertThat(third.isRead()).isTrue();
        assertThat(connections).allMatch(c -> c.refusal() == null);
    }

    @Test
    void waitingConnectionReplacesASilentOneAfterTheTimeout() {
        Connection silent = connect("192.0.2.1");
        Connection busy = connect("192.0.2.1");
        busy.sayHello();
        Connection third = connect("192.0.2.1");

        nowNanos += TIMEOUT_NANOS;
        third.passTime(TIMEOUT_NANOS);

        assertThat(silent.refusal()).isEqualTo(CloseReason.LIMIT_EXCEEDED);
        assertThat(busy.refusal()).isNull();
        assertThat(third.isRead()).isTrue();
    }

    @Test
    void newConnectionReplacesOneThatHasAlreadyTimedOut() {
        connect("192.0.2.1");
        connect("192.0.2.1");
        nowNanos += TIMEOUT_NANOS;

        assertThat(connect("192.0.2.1").isRead()).isTrue();
        assertThat(handshakes.count()).isEqualTo(2);
    }

    @Test
    void ipv6AddressesOfOneNetworkShareALimit() {
        connect("2001:db8:0:1::1");
        connect("2001:db8:0:1::2");

        assertThat(connect("2001:db8:0:1::3").isRead()).isFalse();
        assertThat(connect("2001:db8:0:2::1").isRead()).isTrue();
    }

    private Connection connect(String address) {
        Connection connection = new Connection(new InetSocketAddress(address, 1));
        connections.add(connection);
        handshakes.begin(connection);
        connections.forEach(EmbeddedChannel::runPendingTasks);
        return connection;
    }

    /** A connection from an address, which records whether it was refused. */
    private static final class Connection extends EmbeddedChannel {
        private final SocketAddress from;
        private final Refusals refusals = new Refusals();

        Connection(SocketAddress from) {
            super(new WireCounter());
            this.from = from;
            pipeline().addLast(refusals);
            freezeTime();
        }

        @Override
        protected SocketAddress remoteAddress0() {
            return from;
        }

        boolean isRead() {
            return config().isAutoRead();
        }

        void sayHello() {
            writeOutbound(Unpooled.wrappedBuffer(new byte[1]));
        }

        void passTime(long nanos) {
            advanceTimeBy(nanos, TimeUnit.NANOSECONDS);
            runScheduledPendingTasks();
        }

        CloseReason refusal() {
            runPendingTasks();
            return refusals.reason;
        }
    }

    private static final class Refusals extends ChannelInboundHandlerAdapter {
        private CloseReason reason;

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            reason = ((SessionException) cause).reason();
        }
    }
}
