package io.pageproxy.dest.push;

import io.pageproxy.session.SessionState;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/**
 * States of a {@link PushSession}.
 *
 * <pre>
 *  PREPARING --page server up / ACCEPT--> READY --OPEN--> STREAMING
 *                                                             |
 *        +--page server exits 0-- CLOSING <--END / CLOSE------+
 *        v
 *    CHECKING --images proven--> MARKING --marked complete / RESULT--> REPORTED --DELIVERED--> OVER
 *        |                                                                ^
 *        +--images proven, a migration takes them / RESULT----------------+
 *
 *  every state --ABORT, any failure--> OVER
 * </pre>
 */
enum PushState implements SessionState<PushState> {
    /** A worker claims the folder and starts the page server. */
    PREPARING,
    /** The page server runs; no dumper has come. */
    READY,
    /** Pages flow. */
    STREAMING,
    /** The page server has received CLOSE. */
    CLOSING,
    /** The page server has exited with 0; a worker checks and syncs its images. */
    CHECKING,
    /** The images are proven and durable; a worker removes their incomplete mark. */
    MARKING,
    /** The source has been told that the images are whole, and tells its dumper. */
    REPORTED,
    /** The outcome is known; workers may still be cleaning up. */
    OVER;

    @Override
    public Set<PushState> successors() {
        return switch (this) {
            case PREPARING -> EnumSet.of(READY, OVER);
            case READY -> EnumSet.of(STREAMING, OVER);
            case STREAMING -> EnumSet.of(CLOSING, OVER);
            case CLOSING -> EnumSet.of(CHECKING, OVER);
            case CHECKING -> EnumSet.of(MARKING, REPORTED, OVER);
            case MARKING -> EnumSet.of(REPORTED, OVER);
            case REPORTED -> EnumSet.of(OVER);
            case OVER -> EnumSet.noneOf(PushState.class);
        };
    }

    /** The state as status pages and messages show it. */
    String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
