package io.pageproxy.source.lazy;

import io.pageproxy.session.SessionState;
import java.util.EnumSet;
import java.util.Set;

/**
 * The states of a {@link LazySession}, in their order. A session goes from a state to the next one
 * or to {@link #OVER}, and never back.
 *
 * <pre>
 *   CONNECTING
 *       | onTunnelUp: TLS is up; send Hello
 *   GREETING
 *       | onAccept: the dump may begin; dial CRIU until it listens
 *   READY            Get: keep the request
 *       | onDumper: CRIU listens; send it the kept requests
 *   SERVING          Get: request from CRIU; what CRIU replies: send Block
 *       | onDone: the destination has all pages; send CLOSE to CRIU
 *   CLOSING
 *       | onStatus: CRIU's status is 0; let it end well, send Delivered
 *   OVER
 *
 *   any state --fail, Abort--> OVER: CRIU's socket is reset
 * </pre>
 */
enum LazyState implements SessionState<LazyState> {
    /** TCP and TLS connect. */
    CONNECTING,

    /** The destination has been asked for a session. */
    GREETING,

    /** The destination has accepted; CRIU dumps and does not listen yet. */
    READY,

    /** CRIU keeps the pages and serves requests. */
    SERVING,

    /** The destination has all pages; CRIU has been told and checks its own end. */
    CLOSING,

    /** The session has its outcome. */
    OVER;

    @Override
    public Set<LazyState> successors() {
        return switch (this) {
            case CONNECTING -> EnumSet.of(GREETING, OVER);
            case GREETING -> EnumSet.of(READY, OVER);
            case READY -> EnumSet.of(SERVING, OVER);
            case SERVING -> EnumSet.of(CLOSING, OVER);
            case CLOSING -> EnumSet.of(OVER);
            case OVER -> EnumSet.noneOf(LazyState.class);
        };
    }

    /** Whether the destination may request pages. */
    boolean takesRequests() {
        return this == READY || this == SERVING;
    }

    /** Whether CRIU is connected. */
    boolean hasDumper() {
        return this == SERVING || this == CLOSING;
    }
}
