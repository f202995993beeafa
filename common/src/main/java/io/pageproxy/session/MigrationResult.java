package io.pageproxy.session;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What became of the tree of a migration.
 *
 * @param pid root of the tree that runs at the destination; empty if none does, or it is not known
 * @param tasks how many processes were restored; 0 if none were
 * @param restoreSeconds how long the restore took; 0 if there was none
 * @param pause in which no task of the tree ran; empty if the tree never ran at the destination
 */
public record MigrationResult(
        OptionalLong pid, int tasks, double restoreSeconds, Optional<Pause> pause) {

    /** A pause of a tree, as far as the destination can tell. */
    public record Pause(Instant from, Instant until) {
        /** How long it took. */
        public double seconds() {
            return Math.max(0, Duration.between(from, until).toNanos() / 1e9);
        }
    }

    /** Creates the result of a migration whose pause is not known. */
    public MigrationResult(OptionalLong pid, int tasks, double restoreSeconds) {
        this(pid, tasks, restoreSeconds, Optional.empty());
    }

    /** Lets the pause begin at a moment, unless it has begun before that. */
    MigrationResult pausedSince(Instant moment) {
        return new MigrationResult(
                pid,
                tasks,
                restoreSeconds,
                pause.map(
                        known ->
                                known.from().isAfter(moment)
                                        ? new Pause(moment, known.until())
                                        : known));
    }
}
