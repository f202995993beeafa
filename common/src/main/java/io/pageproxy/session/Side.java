package io.pageproxy.session;

import java.util.Locale;

/** Which of the two proxies. */
public enum Side {
    SOURCE,
    DESTINATION;

    /** The other one. */
    public Side peer() {
        return this == SOURCE ? DESTINATION : SOURCE;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
