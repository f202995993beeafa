package io.pageproxy.dest.session;

import io.pageproxy.dest.images.ImagesSync;
import io.pageproxy.local.LocalUsers;
import io.pageproxy.net.Endpoint;
import io.pageproxy.session.HostFacts;
import io.pageproxy.session.Timeouts;
import java.nio.file.Path;
import java.time.Duration;

/**
 * How the destination side shall run; immutable.
 *
 * @param listen where tunnels come in
 * @param users whose processes may connect there, where it is a Unix socket
 * @param imagesDir the folder of all sessions' folders
 * @param limits how much others may have
 * @param sync whether images are made durable
 * @param host what must match on the source
 * @param timeouts how long things may take
 * @param pageServerTimeout so long a page server that is waited for may do nothing at all
 * @param once one session, then stop
 * @param agent the program and its version, as the peer sees it
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

    /** More than a page server that works ever does nothing for. */
    public static final Duration DEFAULT_PAGE_SERVER_TIMEOUT = Duration.ofSeconds(30);

    /** One with that timeout. */
    public DestConfig(
            Endpoint listen,
            LocalUsers users,
            Path imagesDir,
            DestLimits limits,
            ImagesSync sync,
            HostFacts host,
            Timeouts timeouts,
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
                DEFAULT_PAGE_SERVER_TIMEOUT,
                once,
                agent);
    }
}
