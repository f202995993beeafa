package io.pageproxy.source.push;

import io.pageproxy.session.SessionState;
import java.util.EnumSet;
import java.util.Set;

/**
 * The states of a {@link SourceSession}, in their order. A session goes from a state to the next
 * one or to {@link #OVER}, and never back.
 *
 * <pre>
 *   CONNECTING
 *       | onTunnelUp: TLS is up; send Hello
 *   GREETING
 *       | onAccept: connect the further lanes
 *   JOINING
 *       | onLanesJoined: a dumper may come; at once if there is one lane
 *   READY
 *       | onStreamOpen: the dumper's first record; send Open
 *   STREAMING
 *       | onStreamEnd: the dumper says CLOSE; send End
 *   ENDING
 *       | onResult: the images are complete and durable; tell the dumper
 *   CONCLUDING
 *       | onDumperTold: the dumper has heard success
 *       |
 *       +--------------------------------+
 *       | we have started the dumper     | another has: send Delivered
 *   AWAITING_EXIT                        |
 *       | onVerdict: its exit status     |
 *   OVER &lt;-------------------------------+
 *
 *   CONNECTING to CONCLUDING --fail, Abort--> OVER
 *
 *   READY to CONCLUDING --failDumper: one that we have started--> FAILING --its end, timeout--> OVER
 * </pre>
 *
 * In CONCLUDING the loss of the tunnel no longer counts: only whether the dumper receives success.
 * In AWAITING_EXIT it has heard, which cannot be taken back: only its exit status ends the session.
 */
enum SourceState implements SessionState<SourceState> {
    /** TCP and TLS connect. */
    CONNECTING,

    /** The destination has been asked for a session. */
    GREETING,

    /** The destination has accepted; the further lanes connect. */
    JOINING,

    /** The destination waits for pages; the dumper may come. */
    READY,

    /** Pages flow. */
    STREAMING,

    /** The dumper has sent CLOSE; the destination checks its images. */
    ENDING,

    /** The images are complete; the dumper is being told. */
    CONCLUDING,

    /** The dumper has heard success and completes its dump. */
    AWAITING_EXIT,

    /** The dumper that we have started has failed; its end is awaited, which says why. */
    FAILING,

    /** The session has its outcome. */
    OVER;

    @Override
    public Set<SourceState> successors() {
        return switch (this) {
            case CONNECTING -> EnumSet.of(GREETING, OVER);
            case GREETING -> EnumSet.of(JOINING, OVER);
            case JOINING -> EnumSet.of(READY, OVER);
            case READY -> EnumSet.of(STREAMING, FAILING, OVER);
            case STREAMING -> EnumSet.of(ENDING, FAILING, OVER);
            case ENDING -> EnumSet.of(CONCLUDING, FAILING, OVER);
            case CONCLUDING -> EnumSet.of(AWAITING_EXIT, FAILING, OVER);
            case AWAITING_EXIT, FAILING -> EnumSet.of(OVER);
            case OVER -> EnumSet.noneOf(SourceState.class);
        };
    }

    /** Whether the dumper's stream has ended and the session is not over. */
    boolean streamHasEnded() {
        return this == ENDING || heardSuccess();
    }

    /** Whether a failure of the dumper decides. */
    boolean mayFail() {
        return successors().contains(FAILING);
    }

    /** Whether the dumper receives, or has received, success. */
    boolean heardSuccess() {
        return this == CONCLUDING || this == AWAITING_EXIT;
    }
}
