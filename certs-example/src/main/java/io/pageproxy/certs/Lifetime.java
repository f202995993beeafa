package io.pageproxy.certs;

/** Validity periods of the example PKI, in days. */
public final class Lifetime {
    /** Default validity of a certificate, and time until a CRL's next update. */
    public static final int DEFAULT_DAYS = 365;

    /** Maximum validity; also the validity of the CA itself. */
    public static final int MAX_DAYS = 3650;

    private Lifetime() {}

    /**
     * Validates a number of days.
     *
     * @throws IllegalArgumentException if it is not in 1 to {@value #MAX_DAYS}
     */
    public static int checkDays(int days) {
        if (days < 1 || days > MAX_DAYS) {
            throw new IllegalArgumentException(
                    "'" + days + "': give a number of days from 1 to " + MAX_DAYS);
        }
        return days;
    }
}
