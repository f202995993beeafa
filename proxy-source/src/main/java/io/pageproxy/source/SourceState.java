package io.pageproxy.source;

import io.pageproxy.frame.Frame.Accept;
import io.pageproxy.frame.Frame.End;
import io.pageproxy.session.Outcome;

/**
 * Where a session of the source stands.
 *
 * <pre>
 *  Connecting --TLS up, Hello--> Greeting --Accept--> Ready --first record--> Streaming
 *                                   |                  ^                         |
 *                                   +-Accept-> Joining-+                         |
 *                               several lanes    all Joined                      |
 *                                                                                |
 *            Over <--dumper told-- Concluding <--Result-- Ending <--CLOSE, End---+
 *              ^                       |
 *              +--exit code-- AwaitingExit    where we have started the dumper
 *
 *  and from everywhere, on any failure: Over; but from AwaitingExit only on the exit code,
 *  since the dumper has heard success by then
 * </pre>
 */
sealed interface SourceState {
    /** The connection and TLS are being made. */
    record Connecting() implements SourceState {}

    /** The destination has been asked for a session. */
    record Greeting() implements SourceState {}

    /** The destination has accepted several lanes; the further ones are being made. */
    record Joining(Accept accept) implements SourceState {}

    /** The destination waits for pages; the dumper may come. */
    record Ready(Accept accept) implements SourceState {}

    /** Pages flow. */
    record Streaming(Accept accept) implements SourceState {}

    /** The dumper has said CLOSE; the destination checks its images. */
    record Ending(Accept accept, End end) implements SourceState {}

    /** The images are whole; the dumper is being told. */
    record Concluding(Accept accept) implements SourceState {}

    /**
     * The dumper has heard success, and ends its dump; its exit code decides.
     *
     * @param whole what has arrived, for people
     */
    record AwaitingExit(String whole) implements SourceState {}

    /** It is over. */
    record Over(Outcome outcome) implements SourceState {}
}
