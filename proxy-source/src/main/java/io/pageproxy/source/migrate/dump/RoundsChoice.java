package io.pageproxy.source.migrate.dump;

import io.pageproxy.source.migrate.budget.DowntimeBudget;
import io.pageproxy.source.migrate.budget.NoConvergence;
import java.util.List;
import java.util.Optional;

/**
 * How many rounds of {@code criu pre-dump} precede the final dump. The tasks run during a round,
 * except for the moment in which CRIU collects their memory. Each round transfers what was written
 * since the round before, so that little is left for the final dump, which freezes the tasks.
 *
 * @param most maximum number of rounds; 0 to {@link #MOST}
 * @param auto whether to stop earlier if another round would not pay, see {@link #another}
 * @param budget decides instead, if there is one: another round runs until the downtime fits
 */
public record RoundsChoice(int most, boolean auto, Optional<DowntimeBudget> budget) {
    /** Largest number of rounds that an operator can request. */
    public static final int MOST = 32;

    /** No rounds, only the final dump. */
    public static final RoundsChoice NONE = new RoundsChoice(0, false, Optional.empty());

    /** As many rounds as pay, at most 8. */
    public static final RoundsChoice AUTO = new RoundsChoice(8, true, Optional.empty());

    /** Sending fewer bytes than this takes less time than the freezes of another round. */
    static final long FEW_BYTES = 4 << 20;

    /** Rounds have stopped shrinking when one has more than this share of the one before. */
    static final double LEAST_SHRINK = 0.75;

    /** Checks the range. */
    public RoundsChoice {
        if (most < 0 || most > MOST) {
            throw new IllegalArgumentException("from 0 to " + MOST + " rounds, not " + most);
        }
    }

    /** Exactly that many rounds. */
    public static RoundsChoice exactly(int rounds) {
        return new RoundsChoice(rounds, false, Optional.empty());
    }

    /** As many as a budget needs and allows. */
    public static RoundsChoice within(DowntimeBudget budget) {
        return new RoundsChoice(budget.maxRounds(), true, Optional.of(budget));
    }

    /** Whether the dump after the rounds may have to be lazy. */
    public boolean mayTurnLazy() {
        return budget.filter(one -> one.onNoConvergence() == NoConvergence.LAZY).isPresent();
    }

    /**
     * Whether to run another round. In auto mode no further round follows one with at most {@value
     * #FEW_BYTES} bytes of pages, or with more than three quarters of those of the round before.
     *
     * @param pageBytes bytes of pages that each round so far has transferred
     */
    public boolean another(List<Long> pageBytes) {
        int done = pageBytes.size();
        if (!auto || done == 0 || done >= most) {
            return done < most;
        }
        long last = pageBytes.get(done - 1);
        boolean shrinks = done == 1 || last <= LEAST_SHRINK * pageBytes.get(done - 2);
        return last > FEW_BYTES && shrinks;
    }

    @Override
    public String toString() {
        return (auto ? "at most " : "") + most;
    }
}
