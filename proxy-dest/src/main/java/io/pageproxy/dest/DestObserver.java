package io.pageproxy.dest;

import io.pageproxy.net.Endpoint;
import io.pageproxy.session.SessionReport;
import io.pageproxy.status.LiveSession;

/** Receives the events that operators and scripts are told about; called on any thread. */
public interface DestObserver {
    /** The destination listens, so sources may connect. */
    void onListening(Endpoint address);

    /** A process of a user who may not connect has tried to; called once per user. */
    default void onUserRefused(String who) {}

    /** A peer has asked whether it could have a session, and was told that it could. */
    default void onProbed(String peer) {}

    /** A session has been admitted. */
    default void onSessionBegins(LiveSession session) {}

    /** A session has ended. */
    void onSessionOver(SessionReport report);

    /** A connection whose peer was not authenticated has ended. */
    default void onStranger(SessionReport report) {}
}
