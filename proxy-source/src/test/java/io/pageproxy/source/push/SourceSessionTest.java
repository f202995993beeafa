package io.pageproxy.source.push;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.pageproxy.codec.BlockCodec;
import io.pageproxy.codec.BlockDecoder;
import io.pageproxy.frame.Frame;
import io.pageproxy.frame.Frame.Answer;
import io.pageproxy.frame.Frame.Block;
import io.pageproxy.frame.Frame.End;
import io.pageproxy.frame.Frame.Joined;
import io.pageproxy.frame.Frame.Result;
import io.pageproxy.frame.LaneGrant;
import io.pageproxy.pagestream.PageCommand;
import io.pageproxy.pagestream.PageFlags;
import io.pageproxy.pagestream.PageRecord;
import io.pageproxy.pagestream.StreamTotals;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionReport;
import io.pageproxy.source.adaptive.AdaptiveCompression;
import io.pageproxy.source.adaptive.FakeLinkMetrics;
import io.pageproxy.source.adaptive.LinkMetrics;
import io.pageproxy.source.dumper.ScriptedDumper;
import java.nio.ByteBuffer;
import java.util.EnumSet;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** Good sessions, admission of dumpers, back-pressure, and the shared link. */
class SourceSessionTest extends SourceSessionFixture {
    @Test
    void goodSessionExchangesFramesInOrder() {
        reach(Stage.STREAMING);
        peerSays(new Answer(1, 1));
        assertThat(dumper.heard()).isEqualTo("01");
        dumper.says(PageRecord.pages(IMAGE, PageFlags.PRESENT, 0, 2));
        dumper.sends(noise(2 * 4096));
        dumper.says(PageRecord.end(PageCommand.FORCE_CLOSE));
        assertThat(dumper.heard()).as("before Result").isEmpty();
        assertThat(session.report()).isNotDone();

        peerSays(new Result(0, 1, 2, 0.1));
        assertThat(dumper.heard()).isEqualTo(STATUS_GOOD);
        SessionReport report = over();
        assertThat(report.outcome().reason()).isEqualTo(CloseReason.PAGES_COMPLETE);
        assertThat(released).as("given back, for another session").hasSize(1);
        assertThat(dumper.isConnected()).isTrue();
        assertThat(report.totals()).isEqualTo(new StreamTotals(3 * 32 + 8192, 3, 1, 0, 2, 0));
        assertThat(report.peerName()).contains("dest");
        assertThat(report.imagesFolder()).contains("/srv/web");
        assertThat(report.pageServerExit()).isEqualTo(OptionalInt.of(0));
        assertThat(peerHears())
                .extracting(frame -> frame.getClass().getSimpleName())
                .containsSubsequence("Hello", "Open", "Block", "Block", "End", "Delivered");
        assertThatBlocksAgreeWithTheEnd();
    }

    private void assertThatBlocksAgreeWithTheEnd() {
        BlockDecoder decoder =
                new BlockDecoder(ScriptedDumper.PAGE_SIZE_BYTES, (index, pages, to) -> {});
        long streamBytes = 0;
        for (Frame frame : peerHeard) {
            if (frame instanceof Block block) {
                ByteBuf raw = decoder.decode(block, wire.alloc());
                streamBytes += raw.readableBytes();
                raw.release();
            } else if (frame instanceof End end) {
                assertThat(end.checksum()).isEqualTo(decoder.checksum());
                assertThat(end.totals().streamBytes()).isEqualTo(streamBytes);
            }
        }
    }

    @Test
    void sessionIsIdleOnlyWithoutADumper() {
        reach(Stage.READY);
        assertThat(session.idle()).isTrue();
        dumper = new ScriptedDumper(session, session::onDumper);
        assertThat(session.idle()).isFalse();
        assertThat(session(DumpJudge.EXIT_CODE).idle()).isFalse();
    }

    @Test
    void secondDumperIsRejectedAndTheFirstContinues() {
        reach(Stage.STREAMING);
        ScriptedDumper second = new ScriptedDumper(session, session::onDumper);
        assertThat(second.isConnected()).isFalse();
        second.tidyUp();
        assertThat(session.report()).isNotDone();
        assertThat(dumper.isConnected()).isTrue();
    }

    @Test
    void dumperIsRejectedAfterTheEnd() {
        reach(Stage.READY);
        session.fail(CloseReason.SHUTDOWN, "told to stop");
        dumper = new ScriptedDumper(session, session::onDumper);
        assertThat(dumper.isConnected()).isFalse();
    }

    @Test
    void dumperIsRejectedUntilAllLanesHaveJoined() {
        reach(Stage.GREETING);
        peerSays(SourceLanesTest.granting(new LaneGrant(2, "0".repeat(64))));
        ScriptedDumper early = new ScriptedDumper(session, session::onDumper);
        assertThat(early.isConnected()).isFalse();
        early.tidyUp();
        assertThat(session.accepted()).isNotDone();
        assertThat(session.awaited()).contains("all 2 lanes");
        furtherLane.onFrame(new Joined(1));
        wire.runPendingTasks();
        assertThat(session.accepted()).isDone();
        dumper = new ScriptedDumper(session, session::onDumper);
        assertThat(dumper.isConnected()).isTrue();
    }

    @Test
    void laneLostAfterTheEndIsIgnored() {
        reach(Stage.ENDING);
        session.onLaneFailure(CloseReason.PEER_LOST, "lane 1 of 2: the tunnel was cut");
        assertThat(dumper.isConnected()).as("the dumper still waits").isTrue();
        peerSays(WHOLE);
        assertThat(dumper.heard()).isEqualTo(STATUS_GOOD);
        assertThat(over().outcome().good()).isTrue();
    }

    @Test
    void fullTunnelSuspendsReadingFromTheDumper() {
        reach(Stage.STREAMING);
        tunnelIsWritable(false);
        assertThat(dumper.isRead()).isFalse();
        tunnelIsWritable(true);
        assertThat(dumper.isRead()).isTrue();
    }

    private void tunnelIsWritable(boolean writable) {
        wire.unsafe().outboundBuffer().setUserDefinedWritability(1, writable);
        session.onWritabilityChanged(writable);
    }

    private void carryTwoPages() {
        reach(Stage.STREAMING);
        peerSays(new Answer(1, 1));
        dumper.says(PageRecord.pages(IMAGE, PageFlags.PRESENT, 0, 2));
        dumper.sends(noise(2 * 4096));
        dumper.says(PageRecord.end(PageCommand.FORCE_CLOSE));
    }

    @Test
    void linkHistoryIsKeptOnceTheStreamHasArrived() {
        carryTwoPages();
        assertThat(nextSessionKnowsTheLink()).isFalse();
        peerSays(new Result(0, 1, 2, 0.1));
        assertThat(over().outcome().good()).isTrue();
        assertThat(nextSessionKnowsTheLink()).isTrue();
    }

    @Test
    void failedSessionKeepsNoLinkHistory() {
        carryTwoPages();
        tunnelIsLost();
        assertThat(over().outcome().reason()).isEqualTo(CloseReason.PEER_LOST);
        assertThat(nextSessionKnowsTheLink()).isFalse();
    }

    @Test
    void sessionSharesTheLinkFromItsFirstByteToItsEnd() {
        LinkMetrics other = sharedLink.seenBy(new FakeLinkMetrics(12));
        sharedLink.begin();
        reach(Stage.STREAMING);
        assertThat(other.nanosPerByte()).isEqualTo(6);
        tunnelIsLost();
        assertThat(other.nanosPerByte()).isEqualTo(12);
    }

    @Test
    void sessionWithoutAByteNeverSharesTheLink() {
        LinkMetrics other = sharedLink.seenBy(new FakeLinkMetrics(12));
        sharedLink.begin();
        sharedLink.begin();
        reach(Stage.DUMPER_THERE);
        tunnelIsLost();
        assertThat(other.nanosPerByte()).isEqualTo(6);
    }

    private boolean nextSessionKnowsTheLink() {
        FakeLinkMetrics link = new FakeLinkMetrics(0);
        new AdaptiveCompression(link, EnumSet.of(BlockCodec.STORED), 1, sharedLink.history())
                .select(ByteBuffer.allocateDirect(4096));
        return link.expected() >= 0;
    }
}
