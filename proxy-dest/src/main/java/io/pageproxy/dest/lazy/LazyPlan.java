package io.pageproxy.dest.lazy;

import io.pageproxy.dest.policy.SessionGrant;
import io.pageproxy.session.SessionName;
import io.pageproxy.session.Timeouts;
import java.time.Duration;
import java.util.Optional;

/**
 * What one lazy session of the destination shall be.
 *
 * @param daemons starts its daemon
 * @param tree whose memory it brings
 * @param session its name
 * @param readAheadBytes so much of the source's memory may be here that the daemon has not asked
 *     for; 0: none
 * @param grant what it may do; given back by who took it
 * @param pageSizeBytes the hosts' page size
 * @param timeouts how long things may take
 * @param daemonTimeout so long its daemon may do nothing at all between its CLOSE and its end
 * @param agent the program and its version, as the peer sees it
 * @param peerAddress where the source is, for people
 */
public record LazyPlan(
        LazyDaemons daemons,
        FedTree tree,
        Optional<SessionName> session,
        long readAheadBytes,
        SessionGrant grant,
        int pageSizeBytes,
        Timeouts timeouts,
        Duration daemonTimeout,
        String agent,
        String peerAddress) {}
