package io.pageproxy.source.migrate;

import io.pageproxy.session.Outcome;
import io.pageproxy.source.migrate.MigrationReport.Copy;
import java.util.OptionalLong;

/**
 * How a migration ended.
 *
 * @param outcome for the report
 * @param copy where the tree is
 * @param pid of the tree's root at the destination; empty if it is not known to run there
 */
record Verdict(Outcome outcome, Copy copy, OptionalLong pid) {
    /** Creates a verdict without a tree that runs at the destination. */
    static Verdict of(Outcome outcome, Copy copy) {
        return new Verdict(outcome, copy, OptionalLong.empty());
    }

    /** Returns the outcome with text appended to its message. */
    static Outcome append(Outcome outcome, String more) {
        return new Outcome(
                outcome.reason(), outcome.side(), outcome.message() + more, outcome.detail());
    }
}
