package io.pageproxy.dest.session;

import io.pageproxy.dest.images.ImagesLedger;
import io.pageproxy.frame.LaneGrant;

/**
 * Limits of the resources that peers may use; immutable, validated.
 *
 * @param sessions maximum number of concurrent sessions
 * @param sessionBytes maximum plain stream bytes of a session
 * @param sessionImages maximum number of images of a session, and of files that a migration adds; 1
 *     to {@link #MOST_SESSION_IMAGES}
 * @param lanes maximum number of lanes of a session; 1 to {@link LaneGrant#MAX_LANES}
 * @param handshakes maximum number of concurrent connections whose peer is not authenticated
 * @param handshakesPerAddress maximum number of these from one address
 * @param migrationsPerPeer maximum number of concurrent migrations of one peer
 * @param readAheadBytes maximum memory of pages that a lazy session reads ahead; 0 disables it
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

    /** Default of sessions. */
    public static final int DEFAULT_SESSIONS = 16;

    /** Default of sessionImages: twice the number of processes of a host with default settings. */
    public static final int DEFAULT_SESSION_IMAGES = 1 << 16;

    /** The ledger of a session cannot record more images. */
    public static final int MOST_SESSION_IMAGES = ImagesLedger.MAX_IMAGES;

    /** Default of lanes. */
    public static final int DEFAULT_LANES = 8;

    /** Default of handshakes. */
    public static final int DEFAULT_HANDSHAKES = 256;

    /** Default of handshakesPerAddress. */
    public static final int DEFAULT_HANDSHAKES_PER_ADDRESS = 10;

    /** Default of readAheadBytes. */
    public static final long DEFAULT_READ_AHEAD_BYTES = 64L << 20;

    /** The defaults, without a limit of bytes. */
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

    /** Half of the sessions, so that one peer cannot occupy all slots. */
    public static int defaultMigrationsPerPeer(int sessions) {
        return Math.max(1, sessions / 2);
    }
}
