package io.pageproxy.source;

import io.pageproxy.codec.CodecChoice;
import io.pageproxy.frame.Frame.Hello;
import io.pageproxy.net.Endpoint;
import java.time.Duration;
import java.util.Optional;

/**
 * What one session of the source shall be.
 *
 * @param destination where it goes
 * @param hello what the destination is told
 * @param codec how blocks are compressed
 * @param pageWindowBytes how much of what was sent is remembered to be referred to
 * @param earlier what is known of the sessions that this one builds on; owned by the session once
 *     it is accepted
 * @param inChain whether another session may build on this one
 * @param judge who knows whether the dump has succeeded
 * @param sessionTimeout from the first byte to the end; empty: for ever
 */
record SessionPlan(
        Endpoint destination,
        Hello hello,
        CodecChoice codec,
        long pageWindowBytes,
        Optional<SentSessions> earlier,
        boolean inChain,
        DumpJudge judge,
        Optional<Duration> sessionTimeout) {}
