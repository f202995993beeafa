package io.pageproxy.cli.source;

import io.pageproxy.frame.LaneGrant;

/** Converts {@code --lanes}. */
final class LanesConverter extends NumberOrAuto<Integer> {
    private static final int MAX_BY_PROCESSORS = 4;

    LanesConverter() {
        super(
                LaneGrant.MAX_LANES,
                byProcessors(Runtime.getRuntime().availableProcessors()),
                lanes -> lanes);
    }

    /**
     * Reserves half of the processors for the dumper and the codec; with two processors one lane is
     * best.
     */
    static int byProcessors(int processors) {
        return Math.max(1, Math.min(MAX_BY_PROCESSORS, processors / 2));
    }
}
