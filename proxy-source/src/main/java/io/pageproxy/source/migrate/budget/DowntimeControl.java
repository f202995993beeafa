package io.pageproxy.source.migrate.budget;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.DoubleSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides before each round of a migration with a budget whether to freeze the tree now. Only one
 * thread decides; any thread reads the report.
 */
public final class DowntimeControl {
    private static final Logger LOG = LoggerFactory.getLogger(DowntimeControl.class);

    /** Rounds have stopped shrinking when one has more than this share of the one before. */
    static final double LEAST_SHRINK = 0.75;

    private final DowntimeBudget budget;
    private final Throttle throttle;
    private final DoubleSupplier copySeconds;
    private volatile Optional<FreezePrediction> prediction = Optional.empty();

    /** What follows. */
    public enum Decision {
        /** Another round. */
        ROUND,
        /** The last dump. */
        FREEZE,
        /** The last dump, which is lazy. */
        TURN_LAZY,
        /** Nothing: the tree runs on here. */
        ABORT
    }

    /**
     * A control without rounds.
     *
     * @param throttle of the tree; closed by the caller
     * @param copySeconds what the last copy of files will probably take; 0 if none are copied
     */
    public DowntimeControl(DowntimeBudget budget, Throttle throttle, DoubleSupplier copySeconds) {
        this.budget = budget;
        this.throttle = throttle;
        this.copySeconds = copySeconds;
    }

    /**
     * Predicts and decides; goes a step further with the throttle if the rounds do not shrink.
     *
     * @param rounds those that are over
     * @param nowSeconds on their clock
     */
    public Decision decide(List<PastRound> rounds, double nowSeconds) throws IOException {
        if (rounds.isEmpty()) {
            return Decision.ROUND;
        }
        FreezePrediction now =
                FreezePrediction.of(rounds, nowSeconds).withFiles(copySeconds.getAsDouble());
        prediction = Optional.of(now);
        LOG.info("after round {}: {}; allowed {} s", rounds.size(), now, budget.maxSeconds());
        if (now.seconds() <= budget.maxSeconds()) {
            return Decision.FREEZE;
        }
        if (rounds.size() >= budget.maxRounds()) {
            return lastResort(now);
        }
        boolean helps = shrink(rounds) || throttle.more();
        return helps || budget.onNoConvergence() != NoConvergence.LAZY
                ? Decision.ROUND
                : lastResort(now);
    }

    private Decision lastResort(FreezePrediction now) {
        return switch (budget.onNoConvergence()) {
            case ABORT -> Decision.ABORT;
            case STOP -> Decision.FREEZE;
            case LAZY -> {
                FreezePrediction lazy = now.withoutDirtyPages();
                prediction = Optional.of(lazy);
                LOG.info("the rounds do not help; the rest goes lazily: {}", lazy);
                yield Decision.TURN_LAZY;
            }
        };
    }

    private static boolean shrink(List<PastRound> rounds) {
        int count = rounds.size();
        return count == 1
                || rounds.get(count - 1).pageBytes()
                        <= LEAST_SHRINK * rounds.get(count - 2).pageBytes();
    }

    /** Why the migration is aborted, with its figures. */
    public String whyAborted() {
        return String.format(
                Locale.ROOT,
                "--max-downtime %.3f s is not reached after %d rounds: %s%s; allow more, add"
                        + " --auto-converge or raise --max-rounds, or choose"
                        + " --on-no-convergence lazy or stop",
                budget.maxSeconds(),
                budget.maxRounds(),
                prediction.orElseThrow(),
                throttle.percents().isEmpty()
                        ? ""
                        : ", throttled by " + throttle.percents() + " %");
    }

    /** The figures so far. Any thread. */
    public BudgetReport report() {
        return new BudgetReport(
                budget.maxSeconds(),
                prediction.map(FreezePrediction::seconds),
                throttle.percents());
    }
}
