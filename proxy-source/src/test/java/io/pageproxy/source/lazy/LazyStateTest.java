package io.pageproxy.source.lazy;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.pageproxy.frame.Frame.Abort;
import io.pageproxy.frame.Frame.Done;
import io.pageproxy.frame.Frame.Get;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.Transitions;
import io.pageproxy.source.StateTable;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The transitions of a lazy session: every state by every event. */
class LazyStateTest extends LazySessionFixture {
    /** The state after the event; a dot if it stays. A request is outstanding in SERVING. */
    private static final String TABLE =
            """
            state      ACCEPT CRIU    GET  DONE    REPLY STATUS BAD_STATUS GONE SILENCE ABORT TUNNEL STOP
            CONNECTING OVER   .       OVER OVER    .     .      .          .    .       OVER  OVER   OVER
            GREETING   READY  .       OVER OVER    .     .      .          .    .       OVER  OVER   OVER
            READY      OVER   SERVING .    OVER    .     .      .          .    .       OVER  OVER   OVER
            SERVING    OVER   .       .    CLOSING .     .      .          OVER OVER    OVER  OVER   OVER
            CLOSING    OVER   .       OVER OVER    OVER  OVER   OVER       OVER OVER    OVER  OVER   OVER
            OVER       .      .       .    .       .     .      .          .    .       .     .      .
            """;

    enum Event {
        ACCEPT,
        CRIU,
        GET,
        DONE,
        REPLY,
        STATUS,
        BAD_STATUS,
        GONE,
        SILENCE,
        ABORT,
        TUNNEL,
        STOP
    }

    static Stream<Arguments> table() {
        return StateTable.cells(TABLE);
    }

    @ParameterizedTest
    @MethodSource("table")
    void eventLeadsFromStateToState(LazyState state, Event event, String next) {
        bringTo(state);
        String before = session.stateName();
        assertThat(before).isEqualToIgnoringCase(state.name());
        happens(event);
        assertThat(session.stateName()).isEqualToIgnoringCase(next.equals(".") ? before : next);
    }

    @Test
    void tableHasEveryStateAndEvent() {
        assertThat(table()).hasSize(LazyState.values().length * Event.values().length);
    }

    @ParameterizedTest
    @CsvSource({
        "CONNECTING, GREETING OVER",
        "GREETING, READY OVER",
        "READY, SERVING OVER",
        "SERVING, CLOSING OVER",
        "CLOSING, OVER",
        "OVER, ''"
    })
    void onlyDrawnTransitionsArePossible(LazyState from, String drawn) {
        Transitions.assertDrawn(from, drawn);
    }

    private void bringTo(LazyState state) {
        if (state.compareTo(LazyState.GREETING) >= 0) {
            tunnelIsUp();
        }
        if (state.compareTo(LazyState.READY) >= 0) {
            accepted();
        }
        if (state.compareTo(LazyState.SERVING) >= 0) {
            criuComes();
            peerSays(new Get(WANTED, true));
        }
        if (state == LazyState.CLOSING) {
            criu.writeInbound(answer(WANTED));
            peerSays(new Done());
        }
        if (state == LazyState.OVER) {
            session.fail(CloseReason.SHUTDOWN, "told to stop");
        }
    }

    private void happens(Event event) {
        switch (event) {
            case ACCEPT -> accepted();
            case CRIU -> session.onDumper(new LazyDumper(new EmbeddedChannel()));
            case GET -> peerSays(new Get(WANTED, true));
            case DONE -> peerSays(new Done());
            case REPLY -> criuSays(answer(WANTED));
            case STATUS -> criuSays(Unpooled.buffer().writeIntLE(0));
            case BAD_STATUS -> criuSays(Unpooled.buffer().writeIntLE(-1));
            case GONE -> criuLeaves();
            case SILENCE -> {
                for (int timeouts = 0; timeouts < 2; timeouts++) {
                    wire.advanceTimeBy(15, TimeUnit.SECONDS);
                    wire.runScheduledPendingTasks();
                }
            }
            case ABORT -> peerSays(new Abort(CloseReason.NO_SPACE, "full", Optional.empty()));
            case TUNNEL -> session.onTunnelFailure(CloseReason.PEER_LOST, "the tunnel was cut");
            case STOP -> session.fail(CloseReason.SHUTDOWN, "told to stop");
        }
    }

    private void criuSays(ByteBuf bytes) {
        if (criu != null && criu.isOpen()) {
            criu.writeInbound(bytes);
        } else {
            bytes.release();
        }
    }

    private void criuLeaves() {
        if (criu != null) {
            criu.close();
        }
    }
}
