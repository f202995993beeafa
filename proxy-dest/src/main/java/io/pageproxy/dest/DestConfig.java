package io.pageproxy.dest;

import io.pageproxy.dest.images.ImagesSync;
import io.pageproxy.frame.LaneGrant;
import io.pageproxy.net.HostPort;
import io.pageproxy.session.HostFacts;
import io.pageproxy.session.Timeouts;
import java.nio.file.Path;

/**
 * How the destination side shall run; immutable, validated.
 *
 * @param listen where tunnels come in
 * @param imagesDir the folder of all sessions' folders
 * @param maxSessions how many sessions at a time
 * @param maxLanes how many lanes one session may have; 1 to {@link LaneGrant#MAX_LANES}
 * @param maxSessionBytes how much of the plain stream one session may carry
 * @param sync whether images are made durable
 * @param host what must match on the source
 * @param timeouts how long things may take
 * @param once one session, then stop
 * @param agent the program and its version, as the peer sees it
 */
public record DestConfig(
        HostPort listen,
        Path imagesDir,
        int maxSessions,
        int maxLanes,
        long maxSessionBytes,
        ImagesSync sync,
        HostFacts host,
        Timeouts timeouts,
        boolean once,
        String agent) {

    /** How many lanes a session may have unless told otherwise. */
    public static final int DEFAULT_MAX_LANES = 8;

    /** Checks the ranges. */
    public DestConfig {
        if (maxSessions < 1 || maxSessionBytes < 1) {
            throw new IllegalArgumentException("limits are at least 1");
        }
        if (maxLanes < 1 || maxLanes > LaneGrant.MAX_LANES) {
            throw new IllegalArgumentException("from 1 to 16 lanes, not " + maxLanes);
        }
    }
}
