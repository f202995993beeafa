package io.pageproxy.source.migrate;

import io.pageproxy.source.migrate.MigrationReport.Times;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** The times at which a migration reached its milestones. Any thread. */
final class MigrationTimes {
    private final long startNanos = System.nanoTime();
    private final Map<Milestone, Long> reachedNanos = new ConcurrentHashMap<>();

    /** Milestones of a migration, in order. */
    enum Milestone {
        DUMP_STARTED,
        /** The pages are at the destination, or are served from here. */
        DUMPED,
        /** The files are at the destination. */
        SYNCED,
        RESTORED,
        /** The destination's copy runs, or it is known what has become of it. */
        RESUMED,
        MEMORY_COMPLETE
    }

    /** Records that the milestone is reached now, in place of an earlier time. */
    void mark(Milestone milestone) {
        mark(milestone, 0);
    }

    /** The same for a milestone that was reached a while ago. */
    void mark(Milestone milestone, double secondsAgo) {
        reachedNanos.put(milestone, System.nanoTime() - Math.round(secondsAgo * 1e9));
    }

    /**
     * The durations of the phases so far.
     *
     * @param restoreSeconds how long the destination took to restore, as it has reported
     */
    Times until(long endNanos, double restoreSeconds) {
        long resumedNanos = reachedNanos.getOrDefault(Milestone.RESUMED, endNanos);
        return new Times(
                seconds(at(Milestone.DUMP_STARTED), at(Milestone.DUMPED)),
                seconds(at(Milestone.DUMPED), at(Milestone.SYNCED)),
                Math.max(0, seconds(filesBegin(), at(Milestone.RESTORED)) - restoreSeconds),
                restoreSeconds,
                seconds(at(Milestone.RESTORED), resumedNanos),
                seconds(at(Milestone.RESUMED), at(Milestone.MEMORY_COMPLETE)),
                seconds(startNanos, endNanos));
    }

    private Long filesBegin() {
        return reachedNanos.getOrDefault(Milestone.SYNCED, at(Milestone.DUMPED));
    }

    private Long at(Milestone milestone) {
        return reachedNanos.get(milestone);
    }

    private static double seconds(Long fromNanos, Long toNanos) {
        return fromNanos == null || toNanos == null ? 0 : (toNanos - fromNanos) / 1e9;
    }
}
