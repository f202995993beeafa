package io.pageproxy.source.push;

import static org.assertj.core.api.Assertions.assertThat;

import io.pageproxy.frame.Frame.Abort;
import io.pageproxy.frame.Frame.Answer;
import io.pageproxy.frame.Frame.Delivered;
import io.pageproxy.pagestream.PageCommand;
import io.pageproxy.pagestream.PageRecord;
import io.pageproxy.process.ExitStatus;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.Side;
import io.pageproxy.source.dumper.DumperEnds;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What the exit status of a dumper that we started means. */
class SourceSessionExitTest extends SourceSessionFixture {
    /** The dumper that we started has heard success; its exit status is awaited. */
    private void awaitExit() {
        session = session(DumpJudge.EXIT_CODE);
        reach(Stage.ENDING);
        peerSays(WHOLE);
        assertThat(dumper.heard()).isEqualTo(STATUS_GOOD);
        assertThat(session.report()).isNotDone();
        assertThat(peerHears()).noneMatch(Delivered.class::isInstance);
    }

    private void dumperExits(int code) {
        session.onDumperEnd(Optional.of(DumperEnds.exited(code)));
    }

    @Test
    void successfulDumpIsDelivered() {
        awaitExit();
        dumper.leaves();
        dumperExits(0);
        assertThat(over().outcome().reason()).isEqualTo(CloseReason.COMPLETED);
        assertThat(over().dumperExit()).hasValue(0);
        assertThat(peerHears()).last().isEqualTo(new Delivered(true));
        assertThat(released).hasSize(1);
    }

    /** CRIU sends CLOSE even if its dump fails after the first pages. */
    @Test
    void dumpThatFailsAfterItsPagesFailsBothEnds() {
        awaitExit();
        dumper.leaves();
        dumperExits(7);
        assertThat(over().outcome().reason()).isEqualTo(CloseReason.DUMP_FAILED);
        assertThat(over().outcome().message()).contains("exit 7").doesNotContain("could not");
        assertThat(over().exitCode()).as("the dumper's own").isEqualTo(7);
        peerWasToldOf(CloseReason.DUMP_FAILED);
    }

    @Test
    void exitStatusIsReportedEvenIfTheDestinationIsLost() {
        awaitExit();
        tunnelIsLost();
        session.fail(CloseReason.SHUTDOWN, "told to stop");
        assertThat(session.report()).isNotDone();
        dumperExits(1);
        assertThat(over().outcome().reason()).isEqualTo(CloseReason.DUMP_FAILED);
        assertThat(over().outcome().message())
                .contains("could not be told so (the tunnel was cut)");
    }

    @Test
    void abortWhileAwaitingTheExitDoesNotEndTheSession() {
        awaitExit();
        peerSays(new Abort(CloseReason.SESSION_TIMEOUT, "too long", Optional.empty()));
        dumperExits(0);
        assertThat(over().outcome().good()).isTrue();
        assertThat(over().outcome().message()).contains("session_timeout: too long");
    }

    @Test
    void exitOfAWrapperBeforeTheDumperReceivedSuccessIsIgnored() {
        session = session(DumpJudge.EXIT_CODE);
        reach(Stage.ENDING);
        dumperExits(0);
        peerSays(WHOLE);
        assertThat(over().outcome().reason()).isEqualTo(CloseReason.PAGES_COMPLETE);
        assertThat(peerHears()).last().isEqualTo(new Delivered(false));
    }

    @Test
    void unknownExitWhileSuccessIsSentDoesNotBlockTheSession() {
        session = session(DumpJudge.EXIT_CODE);
        reach(Stage.CONCLUDING);
        session.onDumperEnd(Optional.empty());
        dumper.takesWhatItWasTold();
        assertThat(over().outcome().reason()).isEqualTo(CloseReason.PAGES_COMPLETE);
        assertThat(peerHears()).last().isEqualTo(new Delivered(false));
    }

    @Test
    void failedDumperEndsTheSessionEvenIfItsSocketStaysOpen() {
        session = session(DumpJudge.EXIT_CODE);
        reach(Stage.STREAMING);
        dumperExits(1);
        assertThat(session.report()).isNotDone();
        wire.advanceTimeBy(2, TimeUnit.SECONDS);
        wire.runScheduledPendingTasks();
        assertThat(over().outcome().reason()).isEqualTo(CloseReason.DUMP_FAILED);
        assertThat(over().outcome().message()).contains("exit 1");
    }

    @Test
    void exitStatusOfADumpIsLeftToItsMigration() {
        session = session(DumpJudge.MIGRATION);
        reach(Stage.ENDING);
        peerSays(WHOLE);
        assertThat(over().outcome().reason()).isEqualTo(CloseReason.PAGES_COMPLETE);
        assertThat(peerHears()).last().isEqualTo(new Delivered(false));
    }

    /** A wrong pid, for example: CRIU ends its stream before the first image. */
    @Test
    void dumpThatFailsByItselfIsExplainedByItsLog() {
        session = session(DumpJudge.EXIT_CODE);
        reach(Stage.DUMPER_THERE);
        dumper.says(PageRecord.end(PageCommand.FORCE_CLOSE));
        assertThat(dumper.isConnected()).as("it could not end").isFalse();
        assertThat(session.report()).isNotDone();
        session.onDumperEnd(Optional.of(DumperEnds.exited(1, "Error: no such process")));
        assertThat(over().outcome().reason()).isEqualTo(CloseReason.DUMP_FAILED);
        assertThat(over().outcome().side()).isEqualTo(Side.SOURCE);
        assertThat(over().outcome().message())
                .isEqualTo(
                        "criu dump failed by itself before its pages were whole (exit 1): the end of"
                                + " its log says why; its tasks run on");
        assertThat(over().outcome().detail()).hasValue("Error: no such process");
        assertThat(over().exitCode()).as("not the dumper's own").isEqualTo(4);
        assertThat(over().dumperExit()).hasValue(1);
        peerWasToldOf(CloseReason.DUMP_FAILED);
    }

    @Test
    void endOfADumperIsKnownBeforeItsSocketCloses() {
        session = session(DumpJudge.EXIT_CODE);
        reach(Stage.STREAMING);
        dumperExits(1);
        dumper.leaves();
        assertThat(over().outcome().reason()).isEqualTo(CloseReason.DUMP_FAILED);
    }

    @Test
    void killedDumperIsLostAndHasNotFailedByItself() {
        session = session(DumpJudge.EXIT_CODE);
        reach(Stage.STREAMING);
        dumper.leaves();
        session.onDumperEnd(Optional.of(DumperEnds.ended(ExitStatus.killed(9))));
        assertThat(over().outcome().reason()).isEqualTo(CloseReason.DUMPER_LOST);
        assertThat(over().outcome().message()).contains("killed by SIGKILL");
        peerWasToldOf(CloseReason.DUMPER_LOST);
    }

    /** It has failed because its socket was closed, and its own fault was another one. */
    @Test
    void dumperThatBreaksTheProtocolHasNotFailedByItself() {
        session = session(DumpJudge.EXIT_CODE);
        reach(Stage.STREAMING);
        peerSays(new Answer(1, 0));
        dumper.says(PageRecord.pages(IMAGE, 0, 0, 1));
        dumperExits(1);
        assertThat(over().outcome().reason()).isEqualTo(CloseReason.DUMPER_PROTOCOL);
        assertThat(over().outcome().message()).contains("flags 0", "then ended: exit 1");
    }

    @Test
    void dumperThatFailsAndDoesNotEndIsGivenUp() {
        session = session(DumpJudge.EXIT_CODE);
        reach(Stage.STREAMING);
        dumper.leaves();
        wire.advanceTimeBy(10, TimeUnit.SECONDS);
        wire.runScheduledPendingTasks();
        assertThat(over().outcome().reason()).isEqualTo(CloseReason.DUMPER_LOST);
    }
}
