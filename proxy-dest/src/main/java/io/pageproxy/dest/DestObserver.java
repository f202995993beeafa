package io.pageproxy.dest;

import io.pageproxy.net.HostPort;
import io.pageproxy.session.SessionReport;
import io.pageproxy.status.LiveSession;

/** Hears what a person or a script wants to know; called on any thread. */
public interface DestObserver {
    /** Sources may connect now. */
    void onListening(HostPort address);

    /** A peer, which could have a session, has only asked whether it could. */
    default void onProbed(String peer) {}

    /** A session has been admitted: its peer may have it. */
    default void onSessionBegins(LiveSession session) {}

    /** A session is over. */
    void onSessionOver(SessionReport report);

    /** Somebody who was not authenticated came and went. */
    default void onStranger(SessionReport report) {}
}
