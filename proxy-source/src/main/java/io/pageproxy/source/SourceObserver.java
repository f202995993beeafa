package io.pageproxy.source;

import io.pageproxy.frame.Frame.Accept;
import io.pageproxy.net.Endpoint;
import io.pageproxy.session.SessionReport;
import io.pageproxy.status.LiveSession;

/** Hears what a person or a script wants to know; called on the thread that runs the proxy. */
public interface SourceObserver {
    /** A session is about to be dialled. */
    default void onSessionBegins(LiveSession session) {}

    /** The destination has accepted a session. */
    void onAccepted(Accept accept);

    /** A dumper may connect now. */
    void onListening(Endpoint address);

    /**
     * Somebody was kept from being the dumper, who is still waited for; called on an event loop,
     * once a session for each user.
     */
    void onDumperRefused(String who);

    /**
     * A dumper whose last session was good may have no other on its connection, which is cut off;
     * called on an event loop.
     */
    default void onDumperGivenUp(String why) {}

    /**
     * A session's stream is over and its last word is said, while the dumper may still run; called
     * on an event loop.
     */
    default void onStreamOver(SessionReport report) {}

    /** A session is over, and its dumper too where we have started it. */
    void onSessionOver(SessionReport report);
}
