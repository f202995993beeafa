package io.pageproxy.cli.certs;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/** Formats points in time as UTC days. */
final class Dates {
    private static final DateTimeFormatter DAY =
            DateTimeFormatter.ISO_LOCAL_DATE.withZone(ZoneOffset.UTC);

    private Dates() {}

    static String day(Instant instant) {
        return DAY.format(instant);
    }

    /** Returns the time left until an end, such as "364 days left" or "EXPIRED". */
    static String left(Instant now, Instant end) {
        if (!end.isAfter(now)) {
            return "EXPIRED";
        }
        long days = Duration.between(now, end).toDays();
        if (days == 0) {
            return "less than a day left";
        }
        return days == 1 ? "1 day left" : days + " days left";
    }
}
