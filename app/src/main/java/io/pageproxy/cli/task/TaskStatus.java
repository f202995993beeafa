package io.pageproxy.cli.task;

import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionReport;
import io.pageproxy.status.LiveSession;
import io.pageproxy.status.SessionWatch;
import io.pageproxy.status.Status;

/** What a task tells of itself beyond its output. Any thread. */
public interface TaskStatus extends SessionWatch {
    /** The destination accepts sessions. */
    default void accepted() {}

    /** A session could not begin. */
    default void couldNotBegin(String why) {}

    /**
     * A migration is over.
     *
     * @param downSeconds how long no task of the tree ran, at most; 0 if none was frozen
     */
    default void migrationEnded(CloseReason reason, double downSeconds) {}

    /** Serves nobody. */
    static TaskStatus none() {
        return new TaskStatus() {
            @Override
            public void sessionStarted(LiveSession session) {
                // Nobody wants to know.
            }

            @Override
            public void sessionEnded(SessionReport report) {
                // Nobody wants to know.
            }
        };
    }

    /** The status of a process whose only task this is: it is ready when the task can work. */
    static TaskStatus ofProcess(Status status) {
        return new TaskStatus() {
            @Override
            public void sessionStarted(LiveSession session) {
                status.sessionStarted(session);
            }

            @Override
            public void sessionEnded(SessionReport report) {
                status.sessionEnded(report);
            }

            @Override
            public void accepted() {
                status.health().ready();
            }

            @Override
            public void couldNotBegin(String why) {
                status.health().notReady(why);
            }
        };
    }
}
