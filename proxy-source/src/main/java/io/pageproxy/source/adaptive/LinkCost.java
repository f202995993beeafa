package io.pageproxy.source.adaptive;

/**
 * Marginal cost of a byte on the link, in nanoseconds of processor time: a shadow price. It rises
 * while the link limits the stream and falls while it does not, so that link and processors are
 * used to the same degree. On a link that takes everything it falls to {@link
 * Tuning#MIN_LINK_COST}. Not thread-safe.
 */
final class LinkCost {
    private final double maxOfFastLink;

    // The cost until the link has shown its pace, and whether an earlier session has seen that.
    private final double expected;
    private final boolean expectedIsKnown;

    private double cost;
    private boolean known;
    private int intervalsNotLimited;
    private int intervalsLimited;
    private boolean proven;
    private boolean everLimited;

    private long sentBytes;
    private double logCostByBytes;

    /**
     * The cost of a link of which nothing is known.
     *
     * @param processors how many compress blocks
     */
    LinkCost(int processors) {
        this(
                Tuning.MAX_COST_OF_FAST_LINK_PER_PROCESSOR
                        * Math.max(Tuning.MIN_PROCESSORS, processors),
                Tuning.INITIAL_LINK_COST,
                false);
    }

    private LinkCost(double maxOfFastLink, double expected, boolean expectedIsKnown) {
        this.maxOfFastLink = maxOfFastLink;
        this.expected = expected;
        this.expectedIsKnown = expectedIsKnown;
        cost = expected;
        known = expectedIsKnown;
    }

    /**
     * The initial cost for the next session over the same link: the geometric mean over all sent
     * bytes. The cost at the end of a session may be that of a tail with little to send.
     */
    LinkCost forNextSession() {
        double mean = sentBytes == 0 ? expected : Math.exp(logCostByBytes / sentBytes);
        LinkCost next = new LinkCost(maxOfFastLink, mean, known);
        next.proven = proven;
        return next;
    }

    /** A block of the plain stream is to be sent at the current cost. */
    void onBlock(int plainBytes) {
        sentBytes += plainBytes;
        logCostByBytes += plainBytes * Math.log(cost);
    }

    /** The cost, in nanoseconds of processor time for a byte. */
    double nanosPerByte() {
        return cost;
    }

    /** Whether the link has lately taken everything: fewer bytes would gain nothing. */
    boolean isAtMinimum() {
        return cost <= Tuning.MIN_LINK_COST;
    }

    /** Whether the link has shown anything of its pace yet. */
    boolean isKnown() {
        return known;
    }

    /**
     * Follows the link.
     *
     * @param pace of the link, in nanoseconds for a byte
     * @param higherLevelsPay whether they have proved to pay on this link while it is slow
     */
    void update(LinkMetrics.Interval interval, double pace, boolean higherLevelsPay) {
        switch (interval) {
            case IN_PROGRESS -> {}
            case BUFFERS_FILLED -> {
                cost = expected;
                known = expectedIsKnown;
            }
            case SENDER_LIMITED -> lower(pace, higherLevelsPay);
            case LINK_LIMITED -> raise(pace);
        }
    }

    private void lower(double pace, boolean higherLevelsPay) {
        proven &=
                intervalsNotLimited
                        < (everLimited
                                ? Tuning.INTERVALS_UNTIL_LINK_IS_UNPROVEN
                                : Tuning.INTERVALS_UNTIL_HISTORY_IS_UNPROVEN);
        boolean bounded = isSlow(pace) && higherLevelsPay && proven;
        double lower = cost / (proven ? Tuning.COST_STEP : Tuning.UNPROVEN_COST_STEP);
        double min = bounded ? pace * Tuning.MIN_COST_OF_SLOW_LINK : Tuning.MIN_LINK_COST;
        cost = Math.max(min, lower);
        intervalsNotLimited++;
        intervalsLimited = 0;
        known = true;
    }

    private void raise(double pace) {
        intervalsLimited++;
        boolean again = everLimited && intervalsNotLimited <= Tuning.MAX_INTERVALS_BETWEEN_PROOFS;
        everLimited = true;
        proven |= intervalsLimited >= Tuning.INTERVALS_TO_PROVE_LINK || (isSlow(pace) && again);
        double min = Math.max(pace, Tuning.MIN_LINK_COST);
        double max = min * (isSlow(pace) ? Tuning.MAX_COST_OF_SLOW_LINK : maxOfFastLink);
        cost = Math.min(max, Math.max(min, cost * Tuning.COST_STEP));
        intervalsNotLimited = 0;
        known = true;
    }

    private static boolean isSlow(double pace) {
        return pace > Tuning.SLOW_LINK_NANOS_PER_BYTE;
    }
}
