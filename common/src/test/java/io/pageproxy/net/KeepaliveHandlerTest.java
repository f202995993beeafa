package io.pageproxy.net;

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

    private void pass(long millis) {
        channel.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
        channel.runScheduledPendingTasks();
    }

    private int sent() {
        int count = 0;
        while (channel.readOutbound() instanceof Keepalive) {
            count++;
        }
        return count;
    }

    @Test
    void threeSignsFitIntoTheTimeThatSilenceIsBorne() {
        pass(999);
        assertThat(sent()).isZero();
        pass(1);
        assertThat(sent()).isOne();
        channel.writeInbound(new Keepalive());
        pass(1000);
        pass(1000);
        assertThat(sent()).isEqualTo(2);
        assertThat(failures).isEmpty();
    }

    @Test
    void silenceIsBorneForItsTimeAndThenShownOnce() {
        pass(1000);
        pass(1000);
        assertThat(failures).isEmpty();
        pass(1000);
        assertThat(failures)
                .singleElement()
                .isInstanceOf(PeerSilentException.class)
                .extracting(Throwable::getMessage)
                .asString()
                .contains("3.0 s");
        pass(10_000);
        assertThat(failures).hasSize(1);
    }

    @Test
    void anyFrameBreaksTheSilenceAndOnlyKeepalivesAreKeptBack() {
        for (int second = 0; second < 10; second++) {
            pass(1000);
            channel.writeInbound(second % 2 == 0 ? new Keepalive() : new Delivered());
        }
        assertThat(failures).isEmpty();
        assertThat(channel.inboundMessages())
                .hasSize(5)
                .allSatisfy(frame -> assertThat(frame).isInstanceOf(Delivered.class));
    }

    @Test
    void aFrameThatTakesLongerThanSilenceIsBorneIsASignOfLifeWhileItGrows() {
        for (int second = 0; second < 10; second++) {
            pass(1000);
            keepalive.arrived(KeepaliveHandler.LEAST_PROGRESS_BYTES);
        }
        assertThat(failures).isEmpty();
        pass(1000);
        pass(1000);
        assertThat(failures).isEmpty();
        pass(1000);
        assertThat(failures).as("once it no longer grows").hasSize(1);
    }

    /** Else a frame of 1 MiB could take half a year. */
    @Test
    void aFrameThatIsDribbledIsSilence() {
        pass(1000);
        keepalive.arrived(1);
        pass(1000);
        keepalive.arrived(1);
        pass(1000);
        assertThat(failures).hasSize(1);
    }

    @Test
    void bytesOfManySmallReadsAddUp() {
        for (int tenth = 0; tenth < 100; tenth++) {
            pass(100);
            keepalive.arrived(KeepaliveHandler.LEAST_PROGRESS_BYTES / 20);
        }
        assertThat(failures).isEmpty();
    }

    @Test
    void silenceDoesNotCountWhileWeDoNotRead() {
        channel.config().setAutoRead(false);
        for (int second = 0; second < 10; second++) {
            pass(1000);
        }
        assertThat(failures).isEmpty();
        assertThat(sent()).isEqualTo(10);

        channel.config().setAutoRead(true);
        pass(1000);
        pass(1000);
        assertThat(failures).isEmpty();
        pass(1000);
        assertThat(failures).hasSize(1);
    }

    @Test
    void aPeerOfLessPatienceIsSoothedInItsOwnTimeFromTheStart() {
        keepalive.peerExpects(300);
        pass(99);
        assertThat(sent()).isZero();
        pass(1);
        assertThat(sent()).isOne();
        for (int i = 0; i < 9; i++) {
            pass(100);
        }
        assertThat(sent()).isEqualTo(9);
    }

    @Test
    void aPeerOfMorePatienceChangesNothing() {
        keepalive.peerExpects(60_000);
        pass(1000);
        assertThat(sent()).isOne();
    }

    @Test
    void nothingIsSentOnceTheChannelIsClosed() {
        channel.close();
        pass(10_000);
        assertThat(sent()).isZero();
        assertThat(failures).isEmpty();
    }

    @Test
    void withoutTlsNothingIsSaidOrMissed() {
        EmbeddedChannel raw = new EmbeddedChannel(new KeepaliveHandler(TIMEOUT_MILLIS));
        raw.freezeTime();
        raw.advanceTimeBy(1, TimeUnit.HOURS);
        raw.runScheduledPendingTasks();
        assertThat(raw.outboundMessages()).isEmpty();
        raw.checkException();
        raw.finishAndReleaseAll();
    }
}
