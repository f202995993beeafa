package io.pageproxy.dest;

import io.pageproxy.session.Outcome;

/**
 * Where a session of the destination stands.
 *
 * <pre>
 *  Handshaking --TLS up--> Greeting --Hello--> Preparing --page server up, Accept--> Ready
 *                                                                                      |
 *     Checking <--exit 0-- Closing <--End agrees, CLOSE goes on-- Streaming <--Open----+
 *        |
 *        +--images proven--> Marking --mark gone, Result--> Reported --Delivered--> Over
 *
 *  from Greeting on Probe, which is answered; and from everywhere, on any failure: Over
 * </pre>
 */
sealed interface DestState {
    /** TLS is being made. */
    record Handshaking() implements DestState {}

    /** The peer is authenticated and allowed; it has not said what it wants. */
    record Greeting() implements DestState {}

    /** The folder is claimed and the page server started, on a worker. */
    record Preparing() implements DestState {}

    /** The page server runs; no dumper has come. */
    record Ready() implements DestState {}

    /** Pages flow. */
    record Streaming() implements DestState {}

    /** The page server has been told CLOSE. */
    record Closing() implements DestState {}

    /** The page server has exited 0; its images are checked and synced, on a worker. */
    record Checking() implements DestState {}

    /** The images are proven and durable; their mark is being removed, on a worker. */
    record Marking() implements DestState {}

    /** The images are whole; the source is telling the dumper. */
    record Reported() implements DestState {}

    /** It is over. */
    record Over(Outcome outcome) implements DestState {}
}
