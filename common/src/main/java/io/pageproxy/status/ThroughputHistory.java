package io.pageproxy.status;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Bytes carried in each of the last seconds, for the charts of the status page. Bytes that are
 * reported for a period are spread evenly over it, so that the rhythm of the reports does not show.
 * Thread-safe.
 */
final class ThroughputHistory {
    /** Covers a session that reports twice a second, and a delay of its event loop. */
    static final long REPORTS_WITHIN_NANOS = TimeUnit.MILLISECONDS.toNanos(750);

    private static final long SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final LongSupplier nanoTime;
    private final long originNanos;
    private final double[] pageBytes;
    private final double[] wireBytes;
    private long newestSecond;

    /** Creates a history of that many seconds, all of them empty. */
    ThroughputHistory(int seconds, LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        originNanos = nanoTime.getAsLong();
        pageBytes = new double[seconds];
        wireBytes = new double[seconds];
    }

    /**
     * Adds what was carried between two moments.
     *
     * @param fromNanos the beginning, as {@link System#nanoTime} tells it
     * @param toNanos the end
     */
    synchronized void add(long fromNanos, long toNanos, long pages, long wire) {
        long to = Math.max(1, toNanos - originNanos);
        long from = Math.max(0, Math.min(fromNanos - originNanos, to - 1));
        advanceTo(to / SECOND_NANOS);
        long oldest = newestSecond - pageBytes.length + 1;
        double total = to - from;
        for (long s = Math.max(oldest, from / SECOND_NANOS); s <= to / SECOND_NANOS; s++) {
            long begin = Math.max(from, s * SECOND_NANOS);
            double share = (Math.min(to, (s + 1) * SECOND_NANOS) - begin) / total;
            pageBytes[slot(s)] += pages * share;
            wireBytes[slot(s)] += wire * share;
        }
    }

    private void advanceTo(long second) {
        long cleared = Math.max(newestSecond, second - pageBytes.length);
        while (cleared < second) {
            cleared++;
            pageBytes[slot(cleared)] = 0;
            wireBytes[slot(cleared)] = 0;
        }
        newestSecond = Math.max(newestSecond, second);
    }

    private int slot(long second) {
        return (int) (second % pageBytes.length);
    }

    /** Writes the complete seconds, oldest first, as a field {@code throughput}. */
    synchronized void write(JsonGenerator json) throws IOException {
        long complete = (nanoTime.getAsLong() - originNanos - REPORTS_WITHIN_NANOS) / SECOND_NANOS;
        advanceTo(Math.max(0, complete));
        json.writeObjectFieldStart("throughput");
        json.writeNumberField("interval_seconds", 1);
        write(json, "page_bytes", pageBytes, complete);
        write(json, "wire_bytes", wireBytes, complete);
        json.writeEndObject();
    }

    /**
     * @param end the first second that is not complete
     */
    private void write(JsonGenerator json, String name, double[] bytes, long end)
            throws IOException {
        json.writeArrayFieldStart(name);
        for (long s = Math.max(0, newestSecond - bytes.length + 1); s < end; s++) {
            json.writeNumber(Math.round(bytes[slot(s)]));
        }
        json.writeEndArray();
    }
}
