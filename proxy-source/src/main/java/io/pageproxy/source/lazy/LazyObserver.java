package io.pageproxy.source.lazy;

import io.pageproxy.frame.Frame.Accept;
import io.pageproxy.session.SessionReport;
import io.pageproxy.status.LiveSession;

/** Receives the events that operators and scripts are told about; called on any thread. */
public interface LazyObserver {
    /** A session is about to be dialled. */
    default void onSessionBegins(LiveSession session) {}

    /** The destination has accepted the session: the dump may begin. */
    void onReady(Accept accept);

    /** CRIU has dumped everything else and awaits requests: the other images are complete. */
    void onServing();

    /** The destination has said that it has all pages: the tasks end here. */
    default void onAllThere() {
        // onSessionOver tells as much.
    }

    /** The session is over. */
    void onSessionOver(SessionReport report);
}
