package io.pageproxy.tunnel;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.pageproxy.frame.Frame.Delivered;
import io.pageproxy.frame.Frame.Keepalive;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class KeepaliveHandlerTest {
    private static final long TIMEOUT_MILLIS = 3000;

    private final KeepaliveHandler keepalive = new KeepaliveHandler(TIMEOUT_MILLIS);
    private final List<Throwable> failures = new ArrayList<>();
    private final EmbeddedChannel channel = new EmbeddedChannel();

    @BeforeEach
    void tlsIsUp() {
        channel.freezeTime();
        channel.pipeline()
                .addLast(
                        keepalive,
                        new ChannelInboundHandlerAdapter() {
                            @Override
                            public void exceptionCaught(ChannelHandlerContext ctx, Throwable e) {
                                failures.add(e);
                            }
                        });
        channel.pipeline().fireUserEventTriggered(SslHandshakeCompletionEvent.SUCCESS);
    }

    @AfterEach
    void close() {
        channel.finishAndReleaseAll();
    }

    private void advanceMillis(long millis) {
        channel.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
        channel.runScheduledPendingTasks();
    }

    private int keepalivesSent() {
        int count = 0;
        while (channel.readOutbound() instanceof Keepalive) {
            count++;
        }
        return count;
    }

    @Test
    void threeKeepalivesAreSentPerPeerTimeout() {
        advanceMillis(999);
        assertThat(keepalivesSent()).isZero();
        advanceMillis(1);
        assertThat(keepalivesSent()).isOne();
        channel.writeInbound(new Keepalive());
        advanceMillis(1000);
        advanceMillis(1000);
        assertThat(keepalivesSent()).isEqualTo(2);
        assertThat(failures).isEmpty();
    }

    @Test
    void peerTimeoutIsReportedOnce() {
        advanceMillis(1000);
        advanceMillis(1000);
        assertThat(failures).isEmpty();
        advanceMillis(1000);
        assertThat(failures)
                .singleElement()
                .isInstanceOf(PeerSilentException.class)
                .extracting(Throwable::getMessage)
                .asString()
                .contains("3.0 s");
        advanceMillis(10_000);
        assertThat(failures).hasSize(1);
    }

    @Test
    void anyFrameResetsTimeoutAndOnlyKeepalivesAreConsumed() {
        for (int second = 0; second < 10; second++) {
            advanceMillis(1000);
            channel.writeInbound(second % 2 == 0 ? new Keepalive() : new Delivered());
        }
        assertThat(failures).isEmpty();
        assertThat(channel.inboundMessages())
                .hasSize(5)
                .allSatisfy(frame -> assertThat(frame).isInstanceOf(Delivered.class));
    }

    @Test
    void growingFrameResetsTimeoutEvenIfItTakesLonger() {
        for (int second = 0; second < 10; second++) {
            advanceMillis(1000);
            keepalive.arrived(KeepaliveHandler.MIN_PROGRESS_BYTES);
        }
        assertThat(failures).isEmpty();
        advanceMillis(1000);
        advanceMillis(1000);
        assertThat(failures).isEmpty();
        advanceMillis(1000);
        assertThat(failures).as("once it no longer grows").hasSize(1);
    }

    /** Otherwise a frame of 1 MiB could take half a year. */
    @Test
    void frameThatGrowsTooSlowlyTimesOut() {
        advanceMillis(1000);
        keepalive.arrived(1);
        advanceMillis(1000);
        keepalive.arrived(1);
        advanceMillis(1000);
        assertThat(failures).hasSize(1);
    }

    @Test
    void bytesOfSmallReadsAddUp() {
        for (int tenth = 0; tenth < 100; tenth++) {
            advanceMillis(100);
            keepalive.arrived(KeepaliveHandler.MIN_PROGRESS_BYTES / 20);
        }
        assertThat(failures).isEmpty();
    }

    @Test
    void silenceDoesNotCountWhileReadingIsPaused() {
        channel.config().setAutoRead(false);
        for (int second = 0; second < 10; second++) {
            advanceMillis(1000);
        }
        assertThat(failures).isEmpty();
        assertThat(keepalivesSent()).isEqualTo(10);

        channel.config().setAutoRead(true);
        advanceMillis(1000);
        advanceMillis(1000);
        assertThat(failures).isEmpty();
        advanceMillis(1000);
        assertThat(failures).hasSize(1);
    }

    @Test
    void shorterPeerTimeoutShortensKeepaliveIntervalImmediately() {
        keepalive.setPeerTimeoutMillis(300);
        advanceMillis(99);
        assertThat(keepalivesSent()).isZero();
        advanceMillis(1);
        assertThat(keepalivesSent()).isOne();
        for (int i = 0; i < 9; i++) {
            advanceMillis(100);
        }
        assertThat(keepalivesSent()).isEqualTo(9);
    }

    @Test
    void longerPeerTimeoutKeepsKeepaliveInterval() {
        keepalive.setPeerTimeoutMillis(60_000);
        advanceMillis(1000);
        assertThat(keepalivesSent()).isOne();
    }

    @Test
    void nothingIsSentAfterClose() {
        channel.close();
        advanceMillis(10_000);
        assertThat(keepalivesSent()).isZero();
        assertThat(failures).isEmpty();
    }

    @Test
    void doesNothingBeforeTlsIsEstablished() {
        EmbeddedChannel raw = new EmbeddedChannel(new KeepaliveHandler(TIMEOUT_MILLIS));
        raw.freezeTime();
        raw.advanceTimeBy(1, TimeUnit.HOURS);
        raw.runScheduledPendingTasks();
        assertThat(raw.outboundMessages()).isEmpty();
        raw.checkException();
        raw.finishAndReleaseAll();
    }
}
