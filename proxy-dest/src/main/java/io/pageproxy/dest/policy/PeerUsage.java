package io.pageproxy.dest.policy;

import java.time.Clock;
import java.time.LocalDate;
import java.time.ZoneOffset;

/** What one identity has under way, and what it has sent today. Safe for all threads. */
final class PeerUsage {
    private final Clock clock;
    private int sessions;
    private int attachments;
    private LocalDate day = LocalDate.EPOCH;
    private long dayBytes;

    PeerUsage(Clock clock) {
        this.clock = clock;
    }

    /** Takes up a session, unless there are {@code most}. */
    synchronized boolean begin(int most) {
        if (sessions >= most) {
            return false;
        }
        sessions++;
        return true;
    }

    synchronized void end() {
        sessions--;
    }

    /** Takes up an attachment of a session, unless there are {@code most}. */
    synchronized boolean attach(int most) {
        if (attachments >= most) {
            return false;
        }
        attachments++;
        return true;
    }

    synchronized void detach() {
        attachments--;
    }

    /** How many sessions are under way. */
    synchronized int sessions() {
        return sessions;
    }

    /** How much of {@code most} is left today, in bytes. */
    synchronized long left(long most) {
        LocalDate today = LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
        if (!today.equals(day)) {
            day = today;
            dayBytes = 0;
        }
        return most - dayBytes;
    }

    /** Counts what has come for the day on which it comes, unless that would be too much. */
    synchronized boolean count(long bytes, long most) {
        if (bytes > left(most)) {
            return false;
        }
        dayBytes += bytes;
        return true;
    }
}
