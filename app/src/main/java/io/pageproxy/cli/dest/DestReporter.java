package io.pageproxy.cli.dest;

import io.pageproxy.dest.DestObserver;
import io.pageproxy.net.Endpoint;
import io.pageproxy.session.SessionReport;
import io.pageproxy.status.LiveSession;
import io.pageproxy.status.Status;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reports events on standard output, in the log and to the status.
 *
 * @param peers reports the sessions of authenticated peers
 * @param strangers logs refused connections
 * @param status the status served at {@code --status}
 */
record DestReporter(PeerLog peers, StrangerLog strangers, Status status) implements DestObserver {
    private static final Logger LOG = LoggerFactory.getLogger(DestReporter.class);

    @Override
    public void onListening(Endpoint address) {
        status.health().ready();
        System.out.println("listening " + address);
        System.out.flush();
    }

    @Override
    public void onUserRefused(String who) {
        LOG.warn("refused {}", who);
    }

    @Override
    public void onProbed(String peer) {
        status.probed();
        peers.probed(peer);
    }

    @Override
    public void onSessionBegins(LiveSession session) {
        status.sessionStarted(session);
    }

    @Override
    public void onSessionOver(SessionReport report) {
        status.sessionEnded(report);
        peers.sessionEnded(report);
    }

    @Override
    public void onStranger(SessionReport report) {
        status.handshakeRefused(report);
        strangers.refused(report);
    }
}
