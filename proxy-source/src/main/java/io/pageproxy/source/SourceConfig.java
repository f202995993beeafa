package io.pageproxy.source;

import io.pageproxy.codec.CodecChoice;
import io.pageproxy.frame.LaneGrant;
import io.pageproxy.net.Endpoint;
import io.pageproxy.session.HostFacts;
import io.pageproxy.session.Timeouts;
import java.util.List;
import java.util.Optional;

/**
 * The settings of the source side; immutable, validated.
 *
 * @param connect the destination
 * @param port where a dumper connects; empty: {@code dumper} is started instead
 * @param dumper the command that dumps, without the options of its page server; empty: listen
 * @param session the sessions' name, {@code {n}} standing for their number; empty: unnamed
 * @param parent the session that they build on; {@link #LAST_SESSION}: each on the previous one
 * @param codec how blocks are compressed
 * @param pageWindowBytes how much of the sent stream is remembered for references; 0: nothing
 * @param lanes how many connections a session requests; 1 to {@link LaneGrant#MAX_LANES}
 * @param blockBytes how much of the plain stream a block holds
 * @param host what must match on the destination
 * @param timeouts the time limits
 * @param once one session, then stop
 * @param sessions how many sessions may run concurrently; they share the page window
 * @param agent the program and its version, as the peer sees them
 * @param migration id of the migration whose pages are carried, if it is one
 */
public record SourceConfig(
        Endpoint connect,
        Optional<DumperPort> port,
        List<String> dumper,
        Optional<String> session,
        Optional<String> parent,
        CodecChoice codec,
        long pageWindowBytes,
        int lanes,
        int blockBytes,
        HostFacts host,
        Timeouts timeouts,
        boolean once,
        int sessions,
        String agent,
        Optional<String> migration) {

    /** As a parent: the last good session of this source, if there is one. */
    public static final String LAST_SESSION = "{last}";

    /** Default of the page window; with it a source needs less than 256 MiB. */
    public static final long DEFAULT_PAGE_WINDOW_BYTES = 96 << 20;

    /** Default size of a block. */
    public static final int DEFAULT_BLOCK_BYTES = 512 << 10;

    /** The settings of sessions that belong to no migration. */
    public SourceConfig(
            Endpoint connect,
            Optional<DumperPort> port,
            List<String> dumper,
            Optional<String> session,
            Optional<String> parent,
            CodecChoice codec,
            long pageWindowBytes,
            int lanes,
            int blockBytes,
            HostFacts host,
            Timeouts timeouts,
            boolean once,
            int sessions,
            String agent) {
        this(
                connect,
                port,
                dumper,
                session,
                parent,
                codec,
                pageWindowBytes,
                lanes,
                blockBytes,
                host,
                timeouts,
                once,
                sessions,
                agent,
                Optional.empty());
    }

    /** Requires exactly one way for a dumper to come. */
    public SourceConfig {
        dumper = List.copyOf(dumper);
        if (port.isPresent() != dumper.isEmpty()) {
            throw new IllegalArgumentException("either listen for a dumper or start one");
        }
        if (lanes < 1 || lanes > LaneGrant.MAX_LANES) {
            throw new IllegalArgumentException("from 1 to 16 lanes, not " + lanes);
        }
        if (sessions < 1 || (sessions > 1 && (once || port.isEmpty()))) {
            throw new IllegalArgumentException(sessions + " sessions at a time");
        }
    }

    /** Enough for lanes and sessions to use all processors; one on a single processor. */
    int eventLoops() {
        int processors = Runtime.getRuntime().availableProcessors();
        return processors > 1 ? Math.max(lanes, Math.min(sessions, processors)) : 1;
    }

    /** The share of the page window of one session. */
    long pageWindowBytesOfSession() {
        return pageWindowBytes / sessions;
    }

    /** Whether we start the dumper ourselves. */
    boolean startsDumper() {
        return !dumper.isEmpty();
    }
}
