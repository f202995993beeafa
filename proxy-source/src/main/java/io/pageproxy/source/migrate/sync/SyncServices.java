package io.pageproxy.source.migrate.sync;

import io.pageproxy.process.ChildLauncher;
import io.pageproxy.source.migrate.commit.Dialer;
import java.time.Duration;

/**
 * What copies files.
 *
 * @param dialer makes the connections
 * @param launcher starts rsync
 * @param handshakeTimeout of a connection
 * @param peerTimeout time of silence after which the peer counts as dead
 */
public record SyncServices(
        Dialer dialer, ChildLauncher launcher, Duration handshakeTimeout, Duration peerTimeout) {}
