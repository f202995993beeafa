package io.pageproxy.source.migrate;

import java.util.List;

/**
 * How many rounds of {@code criu pre-dump} go before the last dump. While they run the tasks run
 * too, but for the moment in which CRIU notes what is in memory; each brings what was written since
 * the one before, so that little is left for the last dump, which freezes.
 *
 * @param most at most so many; 0 to {@link #MOST}
 * @param auto whether fewer do where another would not pay, see {@link #another}
 */
public record RoundsChoice(int most, boolean auto) {
    /** The most that can be asked for. */
    public static final int MOST = 32;

    /** The last dump alone. */
    public static final RoundsChoice NONE = new RoundsChoice(0, false);

    /** As many as pay, at most 8. */
    public static final RoundsChoice AUTO = new RoundsChoice(8, true);

    /** So little is sent in less time than a further round's freezes take together. */
    static final long FEW_BYTES = 4 << 20;

    /** A round that has more than this part of the one before shrinks no more. */
    static final double LEAST_SHRINK = 0.75;

    /** Checks the range. */
    public RoundsChoice {
        if (most < 0 || most > MOST) {
            throw new IllegalArgumentException("from 0 to " + MOST + " rounds, not " + most);
        }
    }

    /** Just so many. */
    public static RoundsChoice exactly(int rounds) {
        return new RoundsChoice(rounds, false);
    }

    /**
     * Whether another round shall be. Auto says no when the last one had no more than {@value
     * #FEW_BYTES} bytes of pages, or more than three quarters of those of the one before.
     *
     * @param pageBytes bytes of pages that each round so far has carried
     */
    boolean another(List<Long> pageBytes) {
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
