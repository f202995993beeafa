package io.pageproxy.source.lazy;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.pageproxy.codec.BlockDecoder;
import io.pageproxy.frame.Frame.Abort;
import io.pageproxy.frame.Frame.Block;
import io.pageproxy.frame.Frame.Delivered;
import io.pageproxy.frame.Frame.Done;
import io.pageproxy.frame.Frame.Get;
import io.pageproxy.frame.Frame.Hello;
import io.pageproxy.pagestream.PageRequest;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionRole;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What CRIU and the destination receive in successful and failed lazy sessions. */
class LazySessionTest extends LazySessionFixture {
    LazySessionTest() {
        tunnelIsUp();
    }

    @Test
    void requestsGoToCriuAndItsRepliesComeBackInBlocks() {
        accepted();
        peerSays(new Get(WANTED, true)); // before CRIU is there
        criuComes();
        peerSays(new Get(WANTED, true));
        assertThat(criuHears()).isEqualTo(asked(WANTED) + asked(WANTED));

        ByteBuf answer = answer(WANTED);
        String plain = ByteBufUtil.hexDump(answer);
        criu.writeInbound(answer.readRetainedSlice(100));
        assertThat(peerHears()).noneMatch(Block.class::isInstance);
        criu.writeInbound(answer);
        Block block = (Block) peerHears().get(1);
        try (BlockDecoder decoder = new BlockDecoder(PAGE, (first, pages, to) -> {})) {
            ByteBuf decoded = decoder.decode(block, wire.alloc());
            assertThat(ByteBufUtil.hexDump(decoded)).isEqualTo(plain);
            decoded.release();
        }
        assertThat(((Hello) peerHeard.get(0)).role()).isEqualTo(SessionRole.LAZY);
    }

    private static PageRequest page(int number) {
        return new PageRequest(1, 0x20_0000 + number * (long) PAGE, WANTED.dstId());
    }

    /** CRIU answers in order, so it is not given all that is read ahead. */
    @Test
    void demandedRequestOvertakesWhatIsReadAhead() {
        accepted();
        criuComes();
        for (int i = 0; i < 100; i++) {
            peerSays(new Get(page(i), false));
        }
        peerSays(new Get(WANTED, true));
        String heard = criuHears();
        assertThat(heard).startsWith(asked(page(0))).endsWith(asked(WANTED));
        assertThat(heard).doesNotContain(asked(page(HeldRequests.MOST_REQUESTS)));

        for (int i = 0; i < HeldRequests.MOST_REQUESTS; i++) {
            criu.writeInbound(answer(page(i)));
        }
        criu.writeInbound(answer(WANTED));
        assertThat(criuHears()).startsWith(asked(page(HeldRequests.MOST_REQUESTS)));
    }

    @Test
    void longRequestsReadAheadAreBoundedByTheirPages() {
        accepted();
        criuComes();
        for (int i = 0; i < 8; i++) {
            peerSays(new Get(new PageRequest(16, (i + 1L) << 20, WANTED.dstId()), false));
        }
        int each = asked(WANTED).length();
        assertThat(criuHears()).hasSize(HeldRequests.MOST_PAGES / 16 * each);
    }

    @Test
    void heldRequestsAreDroppedWhenTheDestinationIsDone() {
        accepted();
        criuComes();
        for (int i = 0; i < 100; i++) {
            peerSays(new Get(page(i), false));
        }
        criuHears();
        peerSays(new Done());
        for (int i = 0; i < HeldRequests.MOST_REQUESTS; i++) {
            criu.writeInbound(answer(page(i)));
        }
        assertThat(criuHears()).startsWith(CLOSE).doesNotContain(asked(page(16)));
        criu.writeInbound(Unpooled.buffer().writeIntLE(0));
        assertThat(over().outcome().reason()).isEqualTo(CloseReason.COMPLETED);
    }

    @Test
    void criuReceivesCloseOnlyWhenTheDestinationIsDone() {
        accepted();
        criuComes();
        peerSays(new Get(WANTED, true));
        criu.writeInbound(answer(WANTED));
        assertThat(criuHears()).doesNotContain(CLOSE);
        peerSays(new Done());
        assertThat(criuHears()).startsWith(CLOSE);
        assertThat(peerHears()).noneMatch(Delivered.class::isInstance);
        criu.writeInbound(Unpooled.buffer().writeIntLE(0));
        assertThat(over().outcome().reason()).isEqualTo(CloseReason.COMPLETED);
        assertThat(peerHeard).hasAtLeastOneElementOfType(Delivered.class);
    }

    /** A reply that is still under way when the daemon has ended comes before the status. */
    @Test
    void lateReplyIsNotMistakenForTheStatus() {
        accepted();
        criuComes();
        peerSays(new Get(WANTED, true));
        peerSays(new Done());
        criu.writeInbound(answer(WANTED).writeIntLE(0));
        assertThat(over().outcome().reason()).isEqualTo(CloseReason.COMPLETED);
    }

    @Test
    void badStatusFailsTheSession() {
        accepted();
        criuComes();
        peerSays(new Get(WANTED, true));
        criu.writeInbound(answer(WANTED));
        peerSays(new Done());
        criu.writeInbound(Unpooled.buffer().writeIntLE(-1));
        assertFailedAfterClose();
    }

    private void assertFailedAfterClose() {
        assertThat(over().outcome().reason()).isEqualTo(CloseReason.DUMPER_PROTOCOL);
        assertThat(peerHeard).noneMatch(Delivered.class::isInstance);
    }

    @Test
    void criuReceivesNoCloseIfTheTunnelIsLost() {
        accepted();
        criuComes();
        peerSays(new Get(WANTED, true));
        session.onTunnelFailure(CloseReason.PEER_LOST, "the tunnel was cut");
        assertFailed(CloseReason.PEER_LOST);
    }

    @Test
    void criuReceivesNoCloseIfTheDestinationFails() {
        accepted();
        criuComes();
        peerSays(new Abort(CloseReason.PAGE_SERVER_FAILED, "exit 1", Optional.empty()));
        assertFailed(CloseReason.PAGE_SERVER_FAILED);
    }

    @Test
    void unrequestedPagesFailTheSession() {
        accepted();
        criuComes();
        criu.writeInbound(answer(WANTED));
        assertFailed(CloseReason.DUMPER_PROTOCOL);
    }

    @Test
    void lostCriuFailsTheSession() {
        accepted();
        criuComes();
        criu.close();
        assertFailed(CloseReason.DUMPER_LOST);
        assertThat(peerHeard).hasAtLeastOneElementOfType(Abort.class);
    }

    @Test
    void silentCriuFailsTheSession() {
        accepted();
        criuComes();
        peerSays(new Get(WANTED, true));
        wire.advanceTimeBy(15, TimeUnit.SECONDS);
        wire.runScheduledPendingTasks();
        assertFailed(CloseReason.DUMPER_LOST);
    }

    @Test
    void criuIsNotReportedAsAStrangerIfItsUserIsUnknown() {
        descriptorsLeft = false;
        accepted();
        criuComes();
        peerSays(new Get(WANTED, true));
        criu.writeInbound(answer(WANTED));

        assertFailed(CloseReason.LOCAL_FAILURE);
        assertThat(session.report().join().outcome().message())
                .contains("--lazy-pages", "Too many open files", "ulimit -n")
                .doesNotContain("another user");
    }

    @Test
    void idleCriuMayBeSilentForever() {
        accepted();
        criuComes();
        peerSays(new Get(WANTED, true));
        criu.writeInbound(answer(WANTED));
        wire.advanceTimeBy(60, TimeUnit.SECONDS);
        wire.runScheduledPendingTasks();
        assertThat(session.report()).isNotDone();
    }

    @Test
    void doneBeforeAnyRequestFailsTheSession() {
        accepted();
        peerSays(new Done());
        assertFailed(CloseReason.TUNNEL_PROTOCOL);
    }
}
