package io.pageproxy.source.migrate.budget;

/** What happens if the last round allowed still predicts a longer downtime than is wanted. */
public enum NoConvergence {
    /** The migration fails, and the tree runs on at the source. */
    ABORT,
    /** The tree is frozen and moved all the same. */
    STOP,
    /**
     * The tree is moved, and runs at the destination before what it has written since the last
     * round is there.
     */
    LAZY
}
