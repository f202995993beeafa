package io.pageproxy.dest.session;

import io.pageproxy.dest.images.ImagesSync;
import io.pageproxy.local.LocalUsers;
import io.pageproxy.net.Endpoint;
import io.pageproxy.session.HostFacts;
import io.pageproxy.session.Timeouts;
import java.nio.file.Path;
import java.time.Duration;

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
        String agent) {

    /** Longer than a working page server is ever inactive. */
    public static final Duration DEFAULT_PAGE_SERVER_TIMEOUT = Duration.ofSeconds(30);
}
