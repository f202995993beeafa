package io.pageproxy.source.push;

import static org.assertj.core.api.Assertions.assertThat;

import io.pageproxy.frame.Frame.Abort;
import io.pageproxy.frame.Frame.Delivered;
import io.pageproxy.process.ExitStatus;
import io.pageproxy.session.CloseReason;
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
        session.onDumperExit(Optional.of(ExitStatus.exited(code)));
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
        session.onDumperExit(Optional.empty());
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
        assertThat(over().outcome().reason()).isEqualTo(CloseReason.DUMPER_LOST);
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
}
