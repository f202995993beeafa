package io.pageproxy.source.lazy;

import io.pageproxy.frame.Frame.Accept;
import io.pageproxy.session.SessionReport;
import io.pageproxy.status.LiveSession;

/** Hears what a person or a script wants to know; called on any thread. */
public interface LazyObserver {
    /** A session is about to be dialled. */
    default void onSessionBegins(LiveSession session) {}

    /** The destination has accepted the session: the dump may begin. */
    void onReady(Accept accept);

    /** CRIU has dumped all else and waits for requests: the other images are whole. */
    void onServing();

    /** All pages are at the destination, which says so: the tasks end here. */
    default void onAllThere() {
        // The end of the session says so too.
    }

    /** The session is over. */
    void onSessionOver(SessionReport report);
}
