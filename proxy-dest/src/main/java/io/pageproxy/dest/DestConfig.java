package io.pageproxy.dest;

import io.pageproxy.dest.images.ImagesSync;
import io.pageproxy.local.LocalUsers;
import io.pageproxy.net.Endpoint;
import io.pageproxy.session.HostFacts;
import io.pageproxy.session.Timeouts;
import java.nio.file.Path;

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
        boolean once,
        String agent) {}
