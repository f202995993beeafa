package io.pageproxy.dest;

import io.pageproxy.dest.egress.PageServers;
import io.pageproxy.dest.images.WrittenChains;
import io.pageproxy.dest.ingress.Handshakes;
import io.pageproxy.dest.lazy.LazyDaemons;
import io.pageproxy.dest.policy.SessionPolicy;
import java.util.Optional;
import java.util.concurrent.Executor;

/**
 * What all sessions of a destination have in common; all of it safe for all threads.
 *
 * @param config how it shall run
 * @param pageServers starts page servers
 * @param policy what a session may do beyond what the configuration says
 * @param handshakes the connections whose peer is not known yet
 * @param slots how many sessions may be under way
 * @param registry the sessions that await lanes
 * @param chains the sessions that others may build on
 * @param workers threads for what blocks
 * @param lazy starts the daemons of lazy sessions; empty: there are none
 */
record DestServices(
        DestConfig config,
        PageServers pageServers,
        SessionPolicy policy,
        Handshakes handshakes,
        SessionSlots slots,
        LaneRegistry registry,
        WrittenChains chains,
        Executor workers,
        Optional<LazyDaemons> lazy) {

    /** Those of one without lazy sessions. */
    static DestServices of(
            DestConfig config, PageServers pageServers, SessionPolicy policy, Executor workers) {
        return of(config, pageServers, policy, workers, Optional.empty());
    }

    /** Those of a destination that has had no session yet. */
    static DestServices of(
            DestConfig config,
            PageServers pageServers,
            SessionPolicy policy,
            Executor workers,
            Optional<LazyDaemons> lazy) {
        DestLimits limits = config.limits();
        return new DestServices(
                config,
                pageServers,
                policy,
                new Handshakes(limits.handshakes(), limits.handshakesPerAddress()),
                new SessionSlots(limits.sessions()),
                new LaneRegistry(),
                new WrittenChains(),
                workers,
                lazy);
    }
}
