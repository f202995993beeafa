package io.pageproxy.dest;

import io.pageproxy.net.Endpoint;
import io.pageproxy.session.SessionReport;
import io.pageproxy.status.LiveSession;

/** Hears what a person or a script wants to know; called on any thread. */
public interface DestObserver {
    /** Sources may connect now. */
    void onListening(Endpoint address);

    /** A user of this host may not connect; said once for each. */
    default void onUserRefused(String who) {}

    /** A peer, which could have a session, has only asked whether it could. */
    default void onProbed(String peer) {}

    /** A session has been admitted: its peer may have it. */
    default void onSessionBegins(LiveSession session) {}

    /** A session is over. */
    void onSessionOver(SessionReport report);

    /** Somebody who was not authenticated came and went. */
    default void onStranger(SessionReport report) {}
}
