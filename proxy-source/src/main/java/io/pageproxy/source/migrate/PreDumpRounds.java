package io.pageproxy.source.migrate;

import io.pageproxy.session.CloseReason;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.Side;
import io.pageproxy.source.SessionEnd;
import io.pageproxy.source.dumper.DumpCommand;
import io.pageproxy.source.migrate.MigrationReport.Round;
import io.pageproxy.source.migrate.budget.BudgetReport;
import io.pageproxy.source.migrate.budget.DowntimeBudget;
import io.pageproxy.source.migrate.budget.DowntimeControl;
import io.pageproxy.source.migrate.budget.PastRound;
import io.pageproxy.source.migrate.budget.Throttle;
import io.pageproxy.source.migrate.commit.MigrationFailedException;
import io.pageproxy.source.migrate.dump.MigrationPlan;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The rounds of pre-dumps of a migration. Round n is a separate session, with the name of the
 * migration's session and the suffix {@code -n}. Its parent is the previous round, so that the
 * folders form a chain on both sides. A round that fails ends the migration; the rounds before it
 * stay complete, and the destination replaces them when the next migration of that name comes.
 */
final class PreDumpRounds {
    private static final Logger LOG = LoggerFactory.getLogger(PreDumpRounds.class);
    private static final String TRACKING_HINT =
            "; it needs a kernel with CONFIG_MEM_SOFT_DIRTY: see criu check --feature"
                    + " mem_dirty_track";

    private final MigrationContext context;
    private final MigrationPlan plan;

    /** Written by the thread that runs the rounds; any thread reads it. */
    private final List<Round> done = new CopyOnWriteArrayList<>();

    private final List<PastRound> past = new ArrayList<>();
    private Throttle throttle = Throttle.NONE;
    private Optional<DowntimeControl> control = Optional.empty(); // From open on, with a budget.

    PreDumpRounds(MigrationContext context) {
        this.context = context;
        this.plan = context.plan();
    }

    /** The completed rounds, all successful. */
    List<Round> done() {
        return List.copyOf(done);
    }

    /**
     * Gets ready to throttle the tree, if that may become necessary.
     *
     * @throws IOException if it cannot be throttled
     */
    void open() throws IOException {
        Optional<DowntimeBudget> budget = plan.rounds().budget();
        if (budget.isPresent()) {
            throttle = budget.get().autoConverge() ? context.tree().throttle() : Throttle.NONE;
            control = Optional.of(new DowntimeControl(budget.get(), throttle));
        }
    }

    /** The prediction and the throttle; empty without a budget. */
    Optional<BudgetReport> budget() {
        return control.map(DowntimeControl::report);
    }

    /** The tree is throttled no longer. */
    void endThrottle() {
        throttle.close();
    }

    /**
     * Runs all rounds; blocks.
     *
     * @param session name of the migration's session
     * @param pusher runs each pre-dump
     * @throws MigrationFailedException if a round fails, or the migration fails during one
     */
    void run(String session, PagePusher pusher) throws InterruptedException {
        while (another()) {
            int number = done.size() + 1;
            String name = session + "-" + number;
            try {
                runRound(number, name, pusher);
                context.failure().check();
            } catch (MigrationFailedException e) {
                Outcome why = context.failure().future().getNow(e.outcome());
                throw new MigrationFailedException(inRound(number, name, why));
            }
        }
    }

    private boolean another() {
        if (control.isEmpty()) {
            return plan.rounds().another(pageBytes());
        }
        try {
            switch (control.get().decide(past, now())) {
                case ROUND -> {
                    return true;
                }
                case FREEZE -> {
                    throttle.beforeLastDump();
                    return false;
                }
                case ABORT ->
                        throw new MigrationFailedException(
                                CloseReason.NOT_CONVERGED, control.get().whyAborted());
            }
        } catch (IOException e) {
            throw new MigrationFailedException(
                    CloseReason.LOCAL_FAILURE, "the tree cannot be throttled: " + e.getMessage());
        }
        throw new IllegalStateException("not a decision");
    }

    private static double now() {
        return System.nanoTime() / 1e9;
    }

    private List<Long> pageBytes() {
        return done.stream().map(round -> round.pages().pageBytes()).toList();
    }

    private void runRound(int number, String name, PagePusher pusher) throws InterruptedException {
        context.requireSameTree();
        LOG.info("round {} of {}: criu pre-dump of {} begins", number, plan.rounds(), plan.pid());
        long startNanos = System.nanoTime();
        List<String> command;
        try {
            command = context.tree().preDumper(number);
        } catch (IOException e) {
            throw new MigrationFailedException(
                    CloseReason.LOCAL_FAILURE, "its folder cannot be made: " + e);
        }
        SessionEnd end = pusher.preDump(name, DumpCommand.ofCriu(command));
        if (!end.report().outcome().good() || end.exitCode() != 0) {
            throw new MigrationFailedException(failure(end));
        }
        Round round = new Round(number, end.report(), (System.nanoTime() - startNanos) / 1e9);
        done.add(round);
        past.add(
                new PastRound(
                        round.pages().pageBytes(),
                        startNanos / 1e9,
                        round.seconds(),
                        context.tree().frozenSeconds(number)));
        LOG.info("round {} of {}: {}", number, plan.rounds(), figures(round));
    }

    private static String figures(Round round) {
        return String.format(
                Locale.ROOT,
                "%d pages, %.1f MiB in %.3f s",
                round.pages().totals().pages(),
                round.pages().pageBytes() / 1048576.0,
                round.seconds());
    }

    private static Outcome failure(SessionEnd end) {
        Outcome outcome = end.report().outcome();
        if (outcome.good()) {
            return Outcome.failed(
                    Side.SOURCE,
                    CloseReason.DUMPER_LOST,
                    "criu pre-dump ended with " + end.exitCode() + ", with its pages whole");
        }
        boolean saidNothing = end.report().totals().records() == 0;
        return outcome.reason() == CloseReason.DUMP_FAILED && saidNothing
                ? Verdict.append(outcome, TRACKING_HINT)
                : outcome;
    }

    private Outcome inRound(int number, String name, Outcome why) {
        List<String> whole =
                done.stream().flatMap(round -> round.pages().session().stream()).toList();
        String before =
                whole.isEmpty() ? "" : "; kept at the destination: " + String.join(", ", whole);
        return new Outcome(
                why.reason(),
                why.side(),
                "round " + number + ", session '" + name + "': " + why.message() + before,
                why.detail());
    }
}
