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
import io.pageproxy.source.migrate.budget.DowntimeControl.Decision;
import io.pageproxy.source.migrate.budget.PastRound;
import io.pageproxy.source.migrate.budget.Throttle;
import io.pageproxy.source.migrate.commit.MigrationFailedException;
import io.pageproxy.source.migrate.dump.MigrationPlan;
import io.pageproxy.source.migrate.dump.RoundPagemaps;
import io.pageproxy.text.FailureText;
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
    private final String session;
    private final PagePusher pusher;
    private final boolean mayTurnLazy;

    /** Written by the thread that runs the rounds; any thread reads it. */
    private final List<Round> done = new CopyOnWriteArrayList<>();

    private final List<PastRound> past = new ArrayList<>();
    private Throttle throttle = Throttle.NONE;
    private Optional<DowntimeControl> control = Optional.empty(); // From open on, with a budget.

    /**
     * Rounds that have not begun.
     *
     * @param session name of the migration's session
     * @param pusher runs each pre-dump
     * @param mayTurnLazy whether a lazy dump may build on them
     */
    PreDumpRounds(
            MigrationContext context, String session, PagePusher pusher, boolean mayTurnLazy) {
        this.context = context;
        this.plan = context.plan();
        this.session = session;
        this.pusher = pusher;
        this.mayTurnLazy = mayTurnLazy;
    }

    /** The completed rounds, all successful. */
    List<Round> done() {
        return List.copyOf(done);
    }

    /**
     * Gets ready to throttle the tree, if that may become necessary.
     *
     * @throws IOException if it cannot be throttled, or what a lazy dump needs cannot be kept
     */
    void open() throws IOException {
        if (mayTurnLazy && context.tree().localRound(1).isEmpty()) {
            throw new IOException(
                    "a lazy dump after rounds looks into their folders, in which the process that"
                            + " sends the pages has no rights (source --control --user): leave out"
                            + " --lazy or the rounds, or use a source without --user");
        }
        Optional<DowntimeBudget> budget = plan.rounds().budget();
        if (budget.isPresent()) {
            throttle = budget.get().autoConverge() ? context.tree().throttle() : Throttle.NONE;
            control =
                    Optional.of(
                            new DowntimeControl(
                                    budget.get(), throttle, context.synced()::predictedSeconds));
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
     * @return whether the budget wants the dump that follows to be lazy
     * @throws MigrationFailedException if a round fails, or the migration fails during one
     */
    boolean run() throws InterruptedException {
        Decision next = next();
        for (; next == Decision.ROUND; next = next()) {
            int number = done.size() + 1;
            String name = name(number);
            try {
                runRound(number, name);
                context.failure().check();
            } catch (MigrationFailedException e) {
                Outcome why = context.failure().future().getNow(e.outcome());
                throw new MigrationFailedException(inRound(number, name, why));
            }
        }
        return next == Decision.TURN_LAZY;
    }

    private String name(int number) {
        return session + "-" + number;
    }

    /** The session of the last round, which there is. */
    String last() {
        return name(done.size());
    }

    private Decision next() {
        if (control.isEmpty()) {
            return plan.rounds().another(pageBytes()) ? Decision.ROUND : Decision.FREEZE;
        }
        try {
            Decision decision = control.get().decide(past, now());
            if (decision == Decision.ABORT) {
                throw new MigrationFailedException(
                        CloseReason.NOT_CONVERGED, control.get().whyAborted());
            }
            if (decision != Decision.ROUND) {
                throttle.beforeLastDump();
            }
            return decision;
        } catch (IOException e) {
            throw new MigrationFailedException(
                    CloseReason.LOCAL_FAILURE, "the tree cannot be throttled: " + e.getMessage());
        }
    }

    private static double now() {
        return System.nanoTime() / 1e9;
    }

    private List<Long> pageBytes() {
        return done.stream().map(round -> round.pages().pageBytes()).toList();
    }

    private void runRound(int number, String name) throws InterruptedException {
        context.requireSameTree();
        LOG.info(
                "round {} of {}: {} of {} begins",
                number,
                plan.rounds(),
                plan.preDumperName(),
                plan.target());
        long startNanos = System.nanoTime();
        DumpCommand command;
        try {
            command = context.tree().preDumper(number);
        } catch (IOException e) {
            throw new MigrationFailedException(
                    CloseReason.LOCAL_FAILURE, "it cannot be prepared: " + FailureText.of(e));
        }
        SessionEnd end = preDump(number, name, command);
        if (!end.report().outcome().good() || end.exitCode() != 0) {
            throw new MigrationFailedException(failure(end, plan.preDumperName()));
        }
        Round round = new Round(number, end.report(), (System.nanoTime() - startNanos) / 1e9);
        done.add(round);
        past.add(
                new PastRound(
                        round.pages().pageBytes(),
                        startNanos / 1e9,
                        round.seconds(),
                        context.tree().frozenSeconds(number),
                        plan.container().isPresent() ? startupSeconds(round) : 0));
        LOG.info("round {} of {}: {}", number, plan.rounds(), figures(round));
    }

    /** runc is not started ahead of a restore, so this is part of the downtime. */
    private static double startupSeconds(Round round) {
        return Math.max(0, round.seconds() - round.pages().seconds());
    }

    private SessionEnd preDump(int number, String name, DumpCommand command)
            throws InterruptedException {
        if (!mayTurnLazy) {
            return pusher.preDump(name, command);
        }
        RoundPagemaps pagemaps = new RoundPagemaps(context.tree().localRound(number).orElseThrow());
        boolean good = false;
        try {
            SessionEnd end = pusher.preDump(name, command.observedBy(pagemaps));
            good = end.report().outcome().good();
            return end;
        } finally {
            finish(pagemaps, good);
        }
    }

    private static void finish(RoundPagemaps pagemaps, boolean needed) {
        try {
            pagemaps.finish();
        } catch (IOException e) {
            if (needed) {
                throw new MigrationFailedException(
                        CloseReason.LOCAL_FAILURE,
                        "its pagemaps, which a lazy dump needs, cannot be kept: "
                                + FailureText.of(e));
            }
        }
    }

    private static String figures(Round round) {
        return String.format(
                Locale.ROOT,
                "%d pages, %.1f MiB in %.3f s",
                round.pages().totals().pages(),
                round.pages().pageBytes() / 1048576.0,
                round.seconds());
    }

    private static Outcome failure(SessionEnd end, String program) {
        Outcome outcome = end.report().outcome();
        if (outcome.good()) {
            return Outcome.failed(
                    Side.SOURCE,
                    CloseReason.DUMPER_LOST,
                    program + " ended with " + end.exitCode() + ", with its pages whole");
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
