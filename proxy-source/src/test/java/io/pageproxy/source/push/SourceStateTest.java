package io.pageproxy.source.push;

import static org.assertj.core.api.Assertions.assertThat;

import io.pageproxy.frame.Frame.Abort;
import io.pageproxy.frame.Frame.Answer;
import io.pageproxy.frame.LaneGrant;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.Transitions;
import io.pageproxy.source.StateTable;
import io.pageproxy.source.dumper.DumperEnds;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The transitions of a session whose dumper we have started: every state by every event. */
class SourceStateTest extends SourceSessionFixture {
    /** The state after the event; a dot if it stays. */
    private static final String TABLE =
            """
            state         ACCEPT LANES  OPEN      ANSWER END    RESULT       ABORT TUNNEL LANE GONE    STOP EXIT_0 EXIT_1
            CONNECTING    OVER   .      .         OVER   .      OVER         OVER  OVER   OVER OVER    OVER .      OVER
            GREETING      READY  .      .         OVER   .      OVER         OVER  OVER   OVER OVER    OVER .      OVER
            JOINING       OVER   READY  .         OVER   .      OVER         OVER  OVER   OVER OVER    OVER .      OVER
            READY         OVER   .      STREAMING OVER   .      OVER         OVER  OVER   OVER FAILING OVER .      OVER
            STREAMING     OVER   .      .         .      ENDING OVER         OVER  OVER   OVER FAILING OVER .      OVER
            ENDING        OVER   .      .         OVER   .      AWAITINGEXIT OVER  OVER   .    FAILING OVER .      OVER
            CONCLUDING    .      .      .         .      .      .            OVER  .      .    FAILING OVER .      .
            AWAITING_EXIT .      .      .         .      .      .            .     .      .    .       .    OVER   OVER
            FAILING       .      .      .         .      .      .            .     OVER   OVER .       OVER OVER   OVER
            OVER          .      .      .         .      .      .            .     .      .    .       .    .      .
            """;

    enum Event {
        ACCEPT,
        LANES,
        OPEN,
        ANSWER,
        END,
        RESULT,
        ABORT,
        TUNNEL,
        LANE,
        GONE,
        STOP,
        EXIT_0,
        EXIT_1
    }

    static Stream<Arguments> table() {
        return StateTable.cells(TABLE);
    }

    @ParameterizedTest
    @MethodSource("table")
    void eventLeadsFromStateToState(SourceState state, Event event, String next) {
        session = session(DumpJudge.EXIT_CODE);
        bringTo(state);
        String before = session.stateName();
        assertThat(before).isEqualToIgnoringCase(state.name().replace("_", ""));
        happens(event);
        assertThat(session.stateName()).isEqualToIgnoringCase(next.equals(".") ? before : next);
    }

    @Test
    void tableHasEveryStateAndEvent() {
        assertThat(table()).hasSize(SourceState.values().length * Event.values().length);
    }

    private void bringTo(SourceState state) {
        switch (state) {
            case CONNECTING -> {}
            case GREETING -> reach(Stage.GREETING);
            case JOINING -> {
                reach(Stage.GREETING);
                peerSays(SourceLanesTest.granting(new LaneGrant(2, "0".repeat(64))));
            }
            case READY -> reach(Stage.DUMPER_THERE);
            case STREAMING -> reach(Stage.STREAMING);
            case ENDING -> reach(Stage.ENDING);
            case CONCLUDING -> reach(Stage.CONCLUDING);
            case AWAITING_EXIT -> {
                reach(Stage.ENDING);
                peerSays(WHOLE);
            }
            case FAILING -> {
                reach(Stage.STREAMING);
                dumper.leaves();
            }
            case OVER -> {
                reach(Stage.STREAMING);
                session.fail(CloseReason.SHUTDOWN, "told to stop");
            }
        }
    }

    private void happens(Event event) {
        switch (event) {
            case ACCEPT -> peerSays(ACCEPT);
            case LANES -> session.onLanesJoined(ACCEPT);
            case OPEN -> session.onStreamOpen(ACCEPT.layout());
            case ANSWER -> peerSays(new Answer(1, 0));
            case END -> session.onStreamEnd();
            case RESULT -> peerSays(WHOLE);
            case ABORT -> peerSays(new Abort(CloseReason.NO_SPACE, "full", Optional.empty()));
            case TUNNEL -> tunnelIsLost();
            case LANE -> session.onLaneFailure(CloseReason.PEER_LOST, "lane 1 of 2 was cut");
            case GONE -> session.onDumperGone();
            case STOP -> session.fail(CloseReason.SHUTDOWN, "told to stop");
            case EXIT_0 -> exits(0);
            case EXIT_1 -> exits(1);
        }
    }

    private void exits(int code) {
        session.onDumperEnd(Optional.of(DumperEnds.exited(code)));
        wire.advanceTimeBy(2, TimeUnit.SECONDS);
        wire.runScheduledPendingTasks();
    }

    @ParameterizedTest
    @CsvSource({
        "CONNECTING, GREETING OVER",
        "GREETING, JOINING OVER",
        "JOINING, READY OVER",
        "READY, STREAMING FAILING OVER",
        "STREAMING, ENDING FAILING OVER",
        "ENDING, CONCLUDING FAILING OVER",
        "CONCLUDING, AWAITING_EXIT FAILING OVER",
        "AWAITING_EXIT, OVER",
        "FAILING, OVER",
        "OVER, ''"
    })
    void onlyDrawnTransitionsArePossible(SourceState from, String drawn) {
        Transitions.assertDrawn(from, drawn);
    }
}
