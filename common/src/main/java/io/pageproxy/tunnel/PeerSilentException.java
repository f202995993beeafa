package io.pageproxy.tunnel;

/** Signals that the peer sent nothing for longer than the peer timeout. Stackless. */
final class PeerSilentException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    PeerSilentException(long silentMillis) {
        super(
                String.format("nothing received from the peer for %.1f s", silentMillis / 1000.0),
                null,
                false,
                false);
    }
}
