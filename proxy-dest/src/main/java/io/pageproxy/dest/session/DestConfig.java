package io.pageproxy.dest.session;

import io.pageproxy.dest.images.Claimant;
import io.pageproxy.dest.images.ImagesSync;
import io.pageproxy.local.LocalUsers;
import io.pageproxy.net.Endpoint;
import io.pageproxy.peer.PeerIdentity;
import io.pageproxy.session.HostFacts;
import io.pageproxy.session.Timeouts;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * Configuration of the destination; immutable.
 *
 * @param listen address on which sources connect
 * @param users users whose processes may connect, if that is a Unix socket
 * @param imagesDir parent of the sessions' image folders
 * @param limits resources that peers may use
 * @param sync whether images are made durable
 * @param host properties that must match on the source
 * @param timeouts the time limits of sessions
 * @param pageServerTimeout how long a page server may be inactive while its session waits for it
 * @param once whether to stop after one session
 * @param agent program and version as sent to the peer
 * @param keeping how long images are kept
 * @param spaceCheck whether a session is refused if its pages would not fit without compression
 */
public record DestConfig(
        Endpoint listen,
        LocalUsers users,
        Path imagesDir,
        DestLimits limits,
        ImagesSync sync,
        HostFacts host,
        Timeouts timeouts,
        Duration pageServerTimeout,
        boolean once,
        String agent,
        ImagesKeeping keeping,
        boolean spaceCheck) {

    /** Longer than a working page server is ever inactive. */
    public static final Duration DEFAULT_PAGE_SERVER_TIMEOUT = Duration.ofSeconds(30);

    /** Keeps images, and checks their space, as it is the default. */
    public DestConfig(
            Endpoint listen,
            LocalUsers users,
            Path imagesDir,
            DestLimits limits,
            ImagesSync sync,
            HostFacts host,
            Timeouts timeouts,
            Duration pageServerTimeout,
            boolean once,
            String agent) {
        this(
                listen,
                users,
                imagesDir,
                limits,
                sync,
                host,
                timeouts,
                pageServerTimeout,
                once,
                agent,
                ImagesKeeping.DEFAULT,
                true);
    }

    /** The claim of a peer on a folder for images. */
    public Claimant claimant(PeerIdentity peer) {
        return new Claimant(
                Optional.of(peer.fingerprint()),
                !keeping.incomplete(),
                keeping.retention().isPresent());
    }
}
