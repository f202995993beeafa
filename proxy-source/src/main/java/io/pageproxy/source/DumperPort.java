package io.pageproxy.source;

import io.pageproxy.local.LocalUsers;
import io.pageproxy.net.Endpoint;
import java.io.IOException;
import java.time.Duration;

/**
 * Where dumpers connect.
 *
 * @param address where to listen for them
 * @param users whose may
 * @param idle how long a connection is kept for another session once one went well on it
 */
public record DumperPort(Endpoint address, LocalUsers users, Duration idle) {

    /** More than a dumper of a large tree takes from a round's first step to its first page. */
    public static final Duration DEFAULT_IDLE = Duration.ofMinutes(10);

    /**
     * For root's dumpers and those of the user of this process.
     *
     * @throws IOException where that user cannot be found out
     */
    public static DumperPort of(Endpoint address) throws IOException {
        return new DumperPort(address, LocalUsers.ownOrRoot(), DEFAULT_IDLE);
    }
}
