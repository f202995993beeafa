package io.pageproxy.source.push;

import io.pageproxy.codec.CodecChoice;
import io.pageproxy.frame.Frame.Hello;
import io.pageproxy.net.Endpoint;
import java.time.Duration;
import java.util.Optional;

/**
 * The settings of one session of the source.
 *
 * @param destination where the pages go
 * @param hello the first frame to the destination
 * @param codec how blocks are compressed
 * @param pageWindowBytes how much of the sent stream is remembered for references
 * @param earlier the sessions that this one builds on; owned by the session once it is accepted
 * @param inChain whether another session may build on this one
 * @param judge who knows whether the dump has succeeded
 * @param sessionTimeout from the first byte to the end; empty: unlimited
 */
public record SessionPlan(
        Endpoint destination,
        Hello hello,
        CodecChoice codec,
        long pageWindowBytes,
        Optional<EarlierSessions> earlier,
        boolean inChain,
        DumpJudge judge,
        Optional<Duration> sessionTimeout) {}
