package io.pageproxy.source.lazy;

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
enum LazyState {
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

    /**
     * Makes a transition.
     *
     * @throws IllegalStateException if the drawing has no such arrow
     */
    LazyState to(LazyState next) {
        if (this == OVER || (next != OVER && next != following())) {
            throw new IllegalStateException("no transition from " + this + " to " + next);
        }
        return next;
    }

    private LazyState following() {
        return switch (this) {
            case CONNECTING -> GREETING;
            case GREETING -> READY;
            case READY -> SERVING;
            case SERVING -> CLOSING;
            case CLOSING -> OVER;
            case OVER -> throw new IllegalStateException("nothing follows " + this);
        };
    }

    /** Whether CRIU is connected. */
    boolean hasDumper() {
        return this == SERVING || this == CLOSING;
    }
}
