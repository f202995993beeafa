package io.pageproxy.session;

import java.util.Set;

/** A state of one of a session's state machines, whose drawing shows all transitions. */
public interface SessionState<S extends SessionState<S>> {
    /** The states that may follow. */
    Set<S> successors();

    /**
     * Makes a transition.
     *
     * @throws IllegalStateException if the drawing has no such arrow
     */
    default S to(S next) {
        if (!successors().contains(next)) {
            throw new IllegalStateException("no transition from " + this + " to " + next);
        }
        return next;
    }
}
