package io.pageproxy.net;

/** Nothing was heard of the peer for longer than is borne. Stackless. */
public final class PeerSilentException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    PeerSilentException(long silentMillis) {
        super(
                String.format("nothing heard of the peer for %.1f s", silentMillis / 1000.0),
                null,
                false,
                false);
    }
}
