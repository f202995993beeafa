package io.pageproxy.source;

import io.pageproxy.local.LocalUsers;
import io.pageproxy.net.Endpoint;
import java.io.IOException;
import java.time.Duration;

/**
 * Where dumpers connect.
 *
 * @param address where to listen
 * @param users whose processes may connect
 * @param idle how long a connection is kept for another session after a good one
 */
public record DumperPort(Endpoint address, LocalUsers users, Duration idle) {

    /** Longer than a dumper of a large tree takes from the start of a round to its first page. */
    public static final Duration DEFAULT_IDLE = Duration.ofMinutes(10);

    /**
     * A port for dumpers of root and of the user of this process.
     *
     * @throws IOException if that user cannot be found
     */
    public static DumperPort of(Endpoint address) throws IOException {
        return new DumperPort(address, LocalUsers.ownOrRoot(), DEFAULT_IDLE);
    }
}
