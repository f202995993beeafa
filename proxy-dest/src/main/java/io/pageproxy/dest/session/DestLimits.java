package io.pageproxy.dest.session;

import io.pageproxy.dest.images.ImagesLedger;
import io.pageproxy.frame.LaneGrant;

/**
 * How much the destination side lets others have; immutable, validated.
 *
 * @param sessions how many sessions at a time
 * @param sessionBytes how much of the plain stream one session may carry
 * @param sessionImages how many images one session may have, and how many files a migration may
 *     add; 1 to {@link #MOST_SESSION_IMAGES}
 * @param lanes how many lanes one session may have; 1 to {@link LaneGrant#MAX_LANES}
 * @param handshakes how many connections at a time whose peer is not known yet
 * @param handshakesPerAddress how many of these from one address
 * @param migrationsPerPeer how many migrations one peer may have at a time
 * @param readAheadBytes how much memory a lazy session may fetch before it is asked for; 0: none
 */
public record DestLimits(
        int sessions,
        long sessionBytes,
        int sessionImages,
        int lanes,
        int handshakes,
        int handshakesPerAddress,
        int migrationsPerPeer,
        long readAheadBytes) {

    /** Unless told otherwise. */
    public static final int DEFAULT_SESSIONS = 16;

    /** Unless told otherwise: as many processes as a host with default settings can run, twice. */
    public static final int DEFAULT_SESSION_IMAGES = 1 << 16;

    /** More are not kept account of. */
    public static final int MOST_SESSION_IMAGES = ImagesLedger.MAX_IMAGES;

    /** Unless told otherwise. */
    public static final int DEFAULT_LANES = 8;

    /** Unless told otherwise. */
    public static final int DEFAULT_HANDSHAKES = 256;

    /** Unless told otherwise. */
    public static final int DEFAULT_HANDSHAKES_PER_ADDRESS = 10;

    /** Unless told otherwise. */
    public static final long DEFAULT_READ_AHEAD_BYTES = 64L << 20;

    /** All of these, and no limit of bytes. */
    public static final DestLimits DEFAULT =
            new DestLimits(
                    DEFAULT_SESSIONS,
                    Long.MAX_VALUE,
                    DEFAULT_SESSION_IMAGES,
                    DEFAULT_LANES,
                    DEFAULT_HANDSHAKES,
                    DEFAULT_HANDSHAKES_PER_ADDRESS,
                    defaultMigrationsPerPeer(DEFAULT_SESSIONS),
                    DEFAULT_READ_AHEAD_BYTES);

    /** Checks the ranges. */
    public DestLimits {
        if (sessions < 1 || sessionBytes < 1 || handshakes < 1 || handshakesPerAddress < 1) {
            throw new IllegalArgumentException("limits are at least 1");
        }
        if (migrationsPerPeer < 1) {
            throw new IllegalArgumentException("a peer may have at least 1 migration");
        }
        if (sessionImages < 1 || sessionImages > MOST_SESSION_IMAGES) {
            throw new IllegalArgumentException(
                    "from 1 to " + MOST_SESSION_IMAGES + " images, not " + sessionImages);
        }
        if (lanes < 1 || lanes > LaneGrant.MAX_LANES) {
            throw new IllegalArgumentException("from 1 to 16 lanes, not " + lanes);
        }
    }

    /** Half of the sessions, so that one peer cannot hold the places of all others. */
    public static int defaultMigrationsPerPeer(int sessions) {
        return Math.max(1, sessions / 2);
    }
}
