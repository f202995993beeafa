package io.pageproxy.certs;

/** How long things of the example PKI are valid, in days. */
public final class Lifetime {
    /** Of a certificate, and until a CRL's next update, unless told otherwise. */
    public static final int DEFAULT_DAYS = 365;

    /** The longest that can be asked for; the CA itself lives this long. */
    public static final int MAX_DAYS = 3650;

    private Lifetime() {}

    /**
     * Checks a number of days.
     *
     * @throws IllegalArgumentException outside 1 to {@value #MAX_DAYS}
     */
    public static int checkDays(int days) {
        if (days < 1 || days > MAX_DAYS) {
            throw new IllegalArgumentException(
                    "'" + days + "': give a number of days from 1 to " + MAX_DAYS);
        }
        return days;
    }
}
