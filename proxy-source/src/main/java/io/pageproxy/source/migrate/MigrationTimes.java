package io.pageproxy.source.migrate;

import io.pageproxy.source.migrate.MigrationReport.Times;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** When a migration came to its milestones. Any thread. */
final class MigrationTimes {
    private final long startNanos = System.nanoTime();
    private final Map<Milestone, Long> reachedNanos = new ConcurrentHashMap<>();

    /** What a migration comes to, in this order. */
    enum Milestone {
        DUMP_STARTED,
        /** The pages are at the destination, or are served from here. */
        DUMPED,
        RESTORED,
        /** The destination's copy runs, or what becomes of it is known. */
        RESUMED,
        MEMORY_COMPLETE
    }

    /** The milestone is reached now; the last time counts. */
    void mark(Milestone milestone) {
        reachedNanos.put(milestone, System.nanoTime());
    }

    /**
     * How long the phases took until now.
     *
     * @param restoreSeconds how long the destination took to restore, as it has said
     */
    Times until(long endNanos, double restoreSeconds) {
        long resumedNanos = reachedNanos.getOrDefault(Milestone.RESUMED, endNanos);
        return new Times(
                seconds(at(Milestone.DUMP_STARTED), at(Milestone.DUMPED)),
                Math.max(0, seconds(at(Milestone.DUMPED), at(Milestone.RESTORED)) - restoreSeconds),
                restoreSeconds,
                seconds(at(Milestone.RESTORED), resumedNanos),
                seconds(at(Milestone.RESUMED), at(Milestone.MEMORY_COMPLETE)),
                seconds(startNanos, endNanos));
    }

    private Long at(Milestone milestone) {
        return reachedNanos.get(milestone);
    }

    private static double seconds(Long fromNanos, Long toNanos) {
        return fromNanos == null || toNanos == null ? 0 : (toNanos - fromNanos) / 1e9;
    }
}
