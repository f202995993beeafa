package io.pageproxy.session;

import io.pageproxy.pagestream.StreamTotals;

/**
 * How far a session is.
 *
 * @param totals what the plain stream has carried so far
 * @param wireBytes bytes sent on the wire so far, TLS included
 * @param seconds since the first byte; 0 where none has come
 * @param checking whether all is sent and the destination checks its images
 */
public record Progress(StreamTotals totals, long wireBytes, double seconds, boolean checking) {
    /** How far two sessions at a time are, taken as one that began with the first. */
    public Progress with(Progress other) {
        return new Progress(
                totals.plus(other.totals),
                wireBytes + other.wireBytes,
                Math.max(seconds, other.seconds),
                checking && other.checking);
    }
}
