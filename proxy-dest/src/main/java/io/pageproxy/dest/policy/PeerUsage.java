package io.pageproxy.dest.policy;

import java.time.Clock;
import java.time.LocalDate;
import java.time.ZoneOffset;

/** Usage of one identity: its active sessions, and the bytes it has sent today. Thread-safe. */
final class PeerUsage {
    private final Clock clock;
    private int sessions;
    private int attachments;
    private LocalDate day = LocalDate.EPOCH;
    private long dayBytes;

    PeerUsage(Clock clock) {
        this.clock = clock;
    }

    /** Adds an active session unless there are {@code max}. */
    synchronized boolean begin(int max) {
        if (sessions >= max) {
            return false;
        }
        sessions++;
        return true;
    }

    synchronized void end() {
        sessions--;
    }

    /** Adds an active attachment unless there are {@code max}. */
    synchronized boolean attach(int max) {
        if (attachments >= max) {
            return false;
        }
        attachments++;
        return true;
    }

    synchronized void detach() {
        attachments--;
    }

    /** Remaining bytes of today's quota of {@code max}. */
    synchronized long left(long max) {
        LocalDate today = LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
        if (!today.equals(day)) {
            day = today;
            dayBytes = 0;
        }
        return max - dayBytes;
    }

    /** Counts received bytes for the current day, unless they would exceed the quota. */
    synchronized boolean count(long bytes, long max) {
        if (bytes > left(max)) {
            return false;
        }
        dayBytes += bytes;
        return true;
    }
}
