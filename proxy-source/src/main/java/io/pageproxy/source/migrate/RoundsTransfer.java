package io.pageproxy.source.migrate;

import io.pageproxy.async.BackgroundTask;
import io.pageproxy.async.Reactions;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.SessionFigures;
import io.pageproxy.session.SessionReport;
import io.pageproxy.source.migrate.MigrationReport.Round;
import io.pageproxy.source.migrate.budget.BudgetReport;
import io.pageproxy.source.migrate.commit.MigrationFailedException;
import io.pageproxy.source.migrate.dump.DumpedImages;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Brings most of the memory in rounds of pre-dumps while the tasks run, and what is left as another
 * transfer does: pushed, or lazily. If both are possible the rounds decide. Until then the
 * destination takes the migration for one that pushes its pages.
 */
final class RoundsTransfer implements Transfer {
    private final MigrationContext context;
    private final PagePusher pusher;
    private final PreDumpRounds rounds;
    private final Optional<Transfer> lazy;
    private volatile Transfer rest;
    private CompletableFuture<Boolean> running; // Null before the rounds begin.

    /**
     * A transfer that has not begun.
     *
     * @param session the migration's
     * @param pusher carries the pages of the rounds; closed with this
     * @param push brings the rest; empty: it always goes lazily
     * @param lazy brings the rest if the rounds do not help, or always; one of the two is there
     */
    RoundsTransfer(
            MigrationContext context,
            Optional<String> session,
            PagePusher pusher,
            Optional<PushTransfer> push,
            Optional<LazyTransfer> lazy) {
        this.context = context;
        this.pusher = pusher;
        this.rounds = new PreDumpRounds(context, session.orElse(""), pusher, lazy.isPresent());
        this.lazy = lazy.map(Transfer.class::cast);
        this.rest = push.map(Transfer.class::cast).or(() -> this.lazy).orElseThrow();
    }

    @Override
    public boolean isLazy() {
        return rest.isLazy();
    }

    @Override
    public void open() throws IOException {
        rounds.open();
        rest.open();
        if (lazy.isPresent() && !rest.isLazy()) {
            lazy.get().open();
        }
    }

    @Override
    public void dump(int none) throws IOException {
        CompletableFuture<Boolean> over = new CompletableFuture<>();
        running = BackgroundTask.start("rounds", rounds::run);
        Reactions.when(running, over::complete, context.failure()::report);
        boolean turnsLazy = context.failure().await(over);
        if (turnsLazy && !rest.isLazy()) {
            rest.close();
            rest = lazy.orElseThrow();
        }
        if (rest.isLazy()) {
            pusher.close(); // What it remembers of the rounds is of no use any more.
            context.failure().await(context.files().turnLazy(rounds.last()));
        }
        rest.dump(rounds.done().size());
    }

    @Override
    public DumpedImages images() throws IOException {
        return rest.images();
    }

    @Override
    public void onRestored() throws IOException {
        rest.onRestored();
    }

    @Override
    public void resume() {
        rounds.endThrottle();
        rest.resume();
    }

    @Override
    public void fetchMemory() {
        rest.fetchMemory();
    }

    @Override
    public void recall(Outcome why) throws InterruptedException {
        rest.recall(why);
    }

    @Override
    public void endTasks() throws InterruptedException {
        rounds.endThrottle();
        rest.endTasks();
    }

    @Override
    public Verdict commit() throws InterruptedException {
        return rest.commit();
    }

    @Override
    public void fail(Outcome why) {
        pusher.fail(why.reason(), "the migration has failed: " + why.message());
        rest.fail(why);
    }

    @Override
    public Outcome releaseTasks(Outcome why) throws InterruptedException {
        rounds.endThrottle();
        return rest.releaseTasks(explainedByRound(why));
    }

    /** A round that the failure has ended says which it was. */
    private Outcome explainedByRound(Outcome why) {
        try {
            if (running != null) {
                running.join();
            }
        } catch (CompletionException e) {
            if (e.getCause() instanceof MigrationFailedException ofRound) {
                return ofRound.outcome();
            }
        }
        return why;
    }

    @Override
    public List<Round> rounds() {
        return rounds.done();
    }

    @Override
    public Optional<BudgetReport> budget() {
        return rounds.budget();
    }

    @Override
    public Optional<SessionReport> pages() {
        return rest.pages();
    }

    @Override
    public List<SessionFigures> progress() {
        List<SessionFigures> ofRounds = pusher.progress();
        return ofRounds.isEmpty() ? rest.progress() : ofRounds;
    }

    @Override
    public void close() {
        rounds.endThrottle();
        rest.close();
        lazy.filter(unused -> unused != rest).ifPresent(Transfer::close);
        pusher.close();
    }
}
