package io.pageproxy.source;

import io.pageproxy.frame.Frame.Accept;
import io.pageproxy.net.Endpoint;
import io.pageproxy.session.SessionReport;
import io.pageproxy.status.LiveSession;

/**
 * Receives the events that operators and scripts are told about, on the thread that runs the proxy
 * unless stated otherwise.
 */
public interface SourceObserver {
    /** A session is about to be dialled. */
    default void onSessionBegins(LiveSession session) {}

    /** The destination has accepted a session. */
    void onAccepted(Accept accept);

    /** A dumper may connect now. */
    void onListening(Endpoint address);

    /**
     * A process of a user who may not dump has tried to connect; the dumper is still awaited.
     * Called on an event loop, once per session and user.
     */
    void onDumperRefused(String who);

    /**
     * The connection of a dumper whose last session was good is cut off; called on an event loop.
     */
    default void onDumperGivenUp(String why) {}

    /**
     * A session is over and its last frame is sent, while the dumper may still run; called on an
     * event loop.
     */
    default void onStreamOver(SessionReport report) {}

    /** A session is over, and so is its dumper if we started it; called on a thread for that. */
    void onSessionOver(SessionReport report);
}
