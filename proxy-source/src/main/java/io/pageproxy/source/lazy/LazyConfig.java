package io.pageproxy.source.lazy;

import io.pageproxy.codec.CodecChoice;
import io.pageproxy.local.LocalUsers;
import io.pageproxy.net.Endpoint;
import io.pageproxy.net.HostPort;
import io.pageproxy.session.HostFacts;
import io.pageproxy.session.Timeouts;
import java.util.Optional;

/**
 * The settings of one lazy session at the source; immutable.
 *
 * @param connect the destination
 * @param lazyPages where {@code criu dump --lazy-pages --address --port} will listen; loopback
 * @param ours whether we have started that CRIU, and so see it end: then we wait for it without a
 *     limit
 * @param users whose processes may be that CRIU
 * @param session the session's name; empty: unnamed
 * @param codec how pages are compressed
 * @param host what must match on the destination
 * @param timeouts the time limits
 * @param agent the program and its version, as the peer sees them
 * @param migration id of the migration whose pages are served, if it is one
 */
public record LazyConfig(
        Endpoint connect,
        HostPort lazyPages,
        boolean ours,
        LocalUsers users,
        Optional<String> session,
        CodecChoice codec,
        HostFacts host,
        Timeouts timeouts,
        String agent,
        Optional<String> migration) {

    /** Requires that the pages come from this host. */
    public LazyConfig {
        if (!lazyPages.isLoopback()) {
            throw new IllegalArgumentException("pages are taken from this host only");
        }
    }
}
