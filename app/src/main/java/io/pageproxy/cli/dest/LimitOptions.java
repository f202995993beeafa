package io.pageproxy.cli.dest;

import io.pageproxy.cli.options.Converters;
import io.pageproxy.dest.session.DestLimits;
import io.pageproxy.frame.LaneGrant;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Options of what authenticated peers may use. */
final class LimitOptions {
    @Option(
            names = "--max-sessions",
            paramLabel = "N",
            defaultValue = "" + DestLimits.DEFAULT_SESSIONS,
            description = "maximum number of concurrent sessions (default: ${DEFAULT-VALUE})")
    private int sessions;

    @Option(
            names = "--max-migrations-per-peer",
            paramLabel = "N",
            description =
                    "maximum number of concurrent migrations per source (default: half of"
                            + " --max-sessions)")
    private Integer migrationsPerPeer;

    @Option(
            names = "--max-lanes",
            paramLabel = "N",
            defaultValue = "" + DestLimits.DEFAULT_LANES,
            description =
                    "maximum number of connections per session, 1 to 16 (default: ${DEFAULT-VALUE})")
    private int lanes;

    @Option(
            names = "--max-session-bytes",
            paramLabel = "SIZE",
            converter = Converters.ToBytes.class,
            description = "maximum stream size of a session, such as 64G (default: no limit)")
    private Long sessionBytes;

    @Option(
            names = "--max-session-images",
            paramLabel = "N",
            defaultValue = "" + DestLimits.DEFAULT_SESSION_IMAGES,
            description = {
                "maximum number of processes and shared memory objects per session, and of other",
                "images per migration; each file also counts 4 KiB for --max-session-bytes and",
                "the limits of a policy file (default: ${DEFAULT-VALUE})"
            })
    private int sessionImages;

    /**
     * Returns all limits, with those of other options.
     *
     * @throws ParameterException if one is out of range
     */
    DestLimits limits(CommandLine command, TunnelOptions tunnels, long readAheadBytes) {
        requireAtLeastOne(command, "--max-sessions", sessions);
        requireAtLeastOne(command, "--max-handshakes", tunnels.maxHandshakes());
        requireAtLeastOne(
                command, "--max-handshakes-per-address", tunnels.maxHandshakesPerAddress());
        requireInRange(
                command, "--max-session-images", sessionImages, DestLimits.MOST_SESSION_IMAGES);
        requireInRange(command, "--max-lanes", lanes, LaneGrant.MAX_LANES);
        if (migrationsPerPeer != null) {
            requireAtLeastOne(command, "--max-migrations-per-peer", migrationsPerPeer);
        }
        return new DestLimits(
                sessions,
                sessionBytes == null ? Long.MAX_VALUE : sessionBytes,
                sessionImages,
                lanes,
                tunnels.maxHandshakes(),
                tunnels.maxHandshakesPerAddress(),
                migrationsPerPeer == null
                        ? DestLimits.defaultMigrationsPerPeer(sessions)
                        : migrationsPerPeer,
                readAheadBytes);
    }

    private static void requireInRange(CommandLine command, String option, int value, int max) {
        if (value < 1 || value > max) {
            throw new ParameterException(
                    command, option + " " + value + " is not from 1 to " + max);
        }
    }

    private static void requireAtLeastOne(CommandLine command, String option, int value) {
        if (value < 1) {
            throw new ParameterException(command, option + " " + value + " is less than 1");
        }
    }
}
