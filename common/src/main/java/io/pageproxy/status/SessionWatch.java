package io.pageproxy.status;

import io.pageproxy.session.SessionReport;

/** Follows the sessions of a proxy from their start to their report. Callable on any thread. */
public interface SessionWatch {
    /** Follows nothing. */
    SessionWatch NONE =
            new SessionWatch() {
                @Override
                public void sessionStarted(LiveSession session) {
                    // Nobody wants to know.
                }

                @Override
                public void sessionEnded(SessionReport report) {
                    // Nobody wants to know.
                }
            };

    /** A session begins. */
    void sessionStarted(LiveSession session);

    /** A session is over. */
    void sessionEnded(SessionReport report);
}
