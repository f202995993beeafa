package io.pageproxy.source.push;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.pageproxy.frame.Frame;
import io.pageproxy.frame.Frame.Abort;
import io.pageproxy.frame.Frame.Accept;
import io.pageproxy.frame.Frame.Answer;
import io.pageproxy.frame.Frame.Block;
import io.pageproxy.frame.Frame.Delivered;
import io.pageproxy.frame.Frame.End;
import io.pageproxy.frame.Frame.Hello;
import io.pageproxy.frame.Frame.Open;
import io.pageproxy.frame.Frame.Result;
import io.pageproxy.pagestream.PageCommand;
import io.pageproxy.pagestream.PageRecord;
import io.pageproxy.pagestream.RecordLayout;
import io.pageproxy.pagestream.StreamTotals;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.Side;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Failures in each stage, and what both ends receive. */
class SourceSessionFailureTest extends SourceSessionFixture {
    @Test
    void streamWithoutAProcessFailsTheDump() {
        reach(Stage.DUMPER_THERE);
        dumper.says(PageRecord.of(PageCommand.PARENT, IMAGE));
        peerSays(new Answer(4, 0));
        dumper.heard();
        dumper.says(PageRecord.end(PageCommand.CLOSE));
        failed(CloseReason.DUMP_FAILED, Stage.ENDING);
        peerWasToldOf(CloseReason.DUMP_FAILED);
    }

    static Stream<Arguments> unexpected() {
        return Stream.of(Stage.values())
                .filter(stage -> stage != Stage.CONCLUDING)
                .flatMap(
                        stage ->
                                Stream.of(
                                                new Hello(
                                                        "",
                                                        HOST,
                                                        Optional.empty(),
                                                        Optional.empty(),
                                                        1,
                                                        1,
                                                        0),
                                                ACCEPT,
                                                new Open(RecordLayout.BYTES_32),
                                                new Block(
                                                        0,
                                                        0,
                                                        0,
                                                        1,
                                                        0,
                                                        Unpooled.wrappedBuffer(new byte[1])),
                                                new Answer(1, 0),
                                                new End(StreamTotals.NONE, 0),
                                                WHOLE,
                                                new Delivered())
                                        .filter(frame -> !isExpected(stage, frame))
                                        .map(frame -> Arguments.of(stage, frame)));
    }

    private static boolean isExpected(Stage stage, Frame frame) {
        return switch (stage) {
            case GREETING -> frame instanceof Accept;
            case STREAMING -> frame instanceof Answer;
            case ENDING -> frame instanceof Result;
            default -> false;
        };
    }

    @ParameterizedTest
    @MethodSource("unexpected")
    void unexpectedFrameFailsTheSession(Stage stage, Frame frame) {
        reach(stage);
        peerSays(frame);
        assertThat(over().outcome())
                .extracting(Outcome::reason, Outcome::side)
                .containsExactly(CloseReason.TUNNEL_PROTOCOL, Side.SOURCE);
        assertThat(over().outcome().message()).contains(frame.getClass().getSimpleName());
        if (frame instanceof Block block) {
            assertThat(block.content().refCnt()).isZero();
        }
        peerWasToldOf(CloseReason.TUNNEL_PROTOCOL);
        assertThat(dumper == null ? "" : dumper.heard()).doesNotContain(STATUS_GOOD);
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "CONCLUDING")
    void lostTunnelFailsTheDumper(Stage stage) {
        reach(stage);
        tunnelIsLost();
        failed(CloseReason.PEER_LOST, stage);
    }

    @Test
    void tunnelLostWhileSuccessIsSentToTheDumperIsIgnored() {
        reach(Stage.CONCLUDING);
        tunnelIsLost();
        peerSays(new Answer(1, 0));
        assertThat(session.report()).isNotDone();
        dumper.takesWhatItWasTold();
        assertThat(over().outcome().good()).isTrue();
    }

    @ParameterizedTest
    @EnumSource
    void abortFailsTheDumperWithTheReasonOfTheDestination(Stage stage) {
        reach(stage);
        peerSays(new Abort(CloseReason.NO_SPACE, "full", Optional.of("log")));
        assertThat(over().outcome())
                .isEqualTo(
                        new Outcome(
                                CloseReason.NO_SPACE,
                                Side.DESTINATION,
                                "full",
                                Optional.of("log")));
        if (stage != Stage.CONCLUDING) {
            failed(CloseReason.NO_SPACE, stage);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Stage.class,
            names = {"DUMPER_THERE", "STREAMING", "ENDING", "CONCLUDING"})
    void disconnectOfTheDumperIsSentToTheDestination(Stage stage) {
        reach(stage);
        dumper.leaves();
        assertThat(over().outcome().reason()).isEqualTo(CloseReason.DUMPER_LOST);
        peerWasToldOf(CloseReason.DUMPER_LOST);
    }

    @ParameterizedTest
    @EnumSource(
            value = Stage.class,
            names = {"GREETING", "READY", "DUMPER_THERE", "STREAMING", "ENDING"})
    void stoppedSessionFailsAtBothEnds(Stage stage) {
        reach(stage);
        assertThat(session.streaming()).isEqualTo(stage.compareTo(Stage.STREAMING) >= 0);
        session.fail(CloseReason.SHUTDOWN, "told to stop");
        failed(CloseReason.SHUTDOWN, stage);
        peerWasToldOf(CloseReason.SHUTDOWN);
        assertThat(session.streaming()).isFalse();
    }

    @Test
    void failureBeforeTlsIsReportedAndSentOnceTheTunnelIsUp() {
        session.fail(CloseReason.UNREACHABLE, "no route");
        assertThat(over().outcome().reason()).isEqualTo(CloseReason.UNREACHABLE);
        reach(Stage.GREETING);
        peerWasToldOf(CloseReason.UNREACHABLE);
    }

    @Test
    void resultWithAnotherPageCountIsNoSuccess() {
        reach(Stage.ENDING);
        peerSays(new Result(0, 1, 1, 0.1));
        failed(CloseReason.TUNNEL_PROTOCOL, Stage.ENDING);
    }

    @Test
    void resultWithAFailedPageServerIsNoSuccess() {
        reach(Stage.ENDING);
        peerSays(new Result(1, 1, 0, 0.1));
        failed(CloseReason.TUNNEL_PROTOCOL, Stage.ENDING);
    }

    @Test
    void secondAnswerIsRefusedAndDoesNotReachTheDumper() {
        reach(Stage.STREAMING);
        peerSays(new Answer(1, 0));
        dumper.heard();
        peerSays(new Answer(1, 0));
        failed(CloseReason.TUNNEL_PROTOCOL, Stage.STREAMING);
    }

    @Test
    void protocolErrorOfTheDumperFailsBothEnds() {
        reach(Stage.STREAMING);
        dumper.says(PageRecord.end(PageCommand.CLOSE));
        failed(CloseReason.DUMPER_PROTOCOL, Stage.STREAMING);
        peerWasToldOf(CloseReason.DUMPER_PROTOCOL);
    }

    @ParameterizedTest
    @EnumSource(
            value = Stage.class,
            names = {"READY", "DUMPER_THERE", "STREAMING"})
    void laneLostBeforeTheEndFailsTheDumper(Stage stage) {
        reach(stage);
        session.onLaneFailure(CloseReason.PEER_LOST, "lane 1 of 2: the tunnel was cut");
        failed(CloseReason.PEER_LOST, stage);
        peerWasToldOf(CloseReason.PEER_LOST);
    }

    @Test
    void sessionTimeoutFailsBothEnds() {
        reach(Stage.STREAMING);
        wire.advanceTimeBy(60, TimeUnit.SECONDS);
        wire.runScheduledPendingTasks();
        failed(CloseReason.SESSION_TIMEOUT, Stage.STREAMING);
        peerWasToldOf(CloseReason.SESSION_TIMEOUT);
    }
}
