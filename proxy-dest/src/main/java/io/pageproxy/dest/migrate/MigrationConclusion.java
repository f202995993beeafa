package io.pageproxy.dest.migrate;

import io.pageproxy.dest.session.SessionFacts;
import io.pageproxy.frame.Frame.Committed;
import io.pageproxy.pagestream.StreamTotals;
import io.pageproxy.session.CodingTotals;
import io.pageproxy.session.MigrationResult;
import io.pageproxy.session.MigrationResult.Pause;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.SessionException;
import io.pageproxy.session.SessionFigures;
import io.pageproxy.session.SessionReport;
import io.pageproxy.session.Side;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Winds up a migration that is over: its folder, the answers to Recommit, its entry in the registry
 * and its report. On its event loop.
 */
final class MigrationConclusion {
    private final MigrationParts parts;
    private final Migration migration;
    private final CompletableFuture<Committed> committed = new CompletableFuture<>();
    private final CompletableFuture<SessionReport> report = new CompletableFuture<>();
    private boolean wasStaged;
    private double restoreSeconds;
    private Optional<Instant> filesBegan = Optional.empty();
    private Optional<Pause> pause = Optional.empty();

    MigrationConclusion(MigrationParts parts, Migration migration) {
        this.parts = parts;
        this.migration = migration;
    }

    /** The first file comes: the tree is frozen at the source. */
    void filesBegin() {
        filesBegan = Optional.of(Instant.now());
    }

    /** The tree runs here. */
    void running() {
        pause = filesBegan.map(from -> new Pause(from, Instant.now()));
    }

    /**
     * The source was told that all is staged: from now on it may send Recommit.
     *
     * @param seconds how long the restore took; 0 if there was none
     */
    void staged(double seconds) {
        wasStaged = true;
        restoreSeconds = seconds;
    }

    /** Whether the source may send Recommit. */
    boolean mayBeAsked() {
        return wasStaged;
    }

    /** Completes with the answer to every Recommit; fails if the tree does not run. Any thread. */
    CompletableFuture<Committed> committed() {
        return committed;
    }

    /** Completes when the connection of a concluded migration is closed; any thread. */
    CompletableFuture<SessionReport> report() {
        return report;
    }

    /** What the connection has carried so far. */
    SessionFigures figures() {
        return parts.facts()
                .figures(
                        StreamTotals.NONE,
                        Optional.of(SessionFacts.Wire.of(parts.tunnel())),
                        CodingTotals.NONE);
    }

    /**
     * Abandons the folder of a failed migration, tells the source, and concludes.
     *
     * @param keepFiles whether the files that have arrived may be all that is left
     * @param abort whether the source is to be told why
     */
    void abandon(Outcome outcome, boolean keepFiles, boolean abort) {
        parts.work()
                .runAlways(
                        () -> {
                            Outcome explained = outcome;
                            try {
                                explained = parts.failures().explain(outcome);
                                parts.files()
                                        .abandon(
                                                explained.reason().label()
                                                        + ": "
                                                        + explained.message(),
                                                keepFiles);
                            } finally {
                                parts.restore().removeTraces();
                                Outcome last = explained;
                                parts.ownedLoop().execute(() -> tellAndConclude(last, abort));
                            }
                        });
    }

    private void tellAndConclude(Outcome outcome, boolean abort) {
        if (abort) {
            parts.tunnel().abort(outcome);
        } else if (outcome.side() == Side.SOURCE) {
            parts.tunnel().close();
        }
        conclude(outcome, false);
    }

    /**
     * Concludes.
     *
     * @param unheard whether the source may not have heard of the outcome, and has to ask
     */
    void conclude(Outcome outcome, boolean unheard) {
        MigrationRegistry registry = parts.services().registry();
        if (unheard) {
            after(parts.recommitTimeout(), () -> registry.ended(migration));
        } else {
            registry.ended(migration);
        }
        committed.completeExceptionally(new SessionException(outcome.reason(), outcome.message()));
        if (wasStaged) {
            registry.remember(migration);
            after(parts.undecidedTimeout(), () -> registry.forget(migration));
        } else {
            registry.forget(migration);
        }
        parts.grant().giveBack();
        parts.synced().close();
        PausedRestore restore = parts.restore();
        MigrationResult result =
                new MigrationResult(
                        outcome.good() ? restore.pid() : OptionalLong.empty(),
                        restore.tasks(),
                        restoreSeconds,
                        pause);
        parts.tunnel()
                .channel()
                .closeFuture()
                .addListener(closed -> report.complete(report(outcome, result)));
    }

    private SessionReport report(Outcome outcome, MigrationResult result) {
        return parts.facts().report(outcome, figures()).ofMigration(result);
    }

    private void after(Duration delay, Runnable task) {
        parts.loop().schedule(task, delay.toMillis(), TimeUnit.MILLISECONDS);
    }
}
