package io.pageproxy.session;

import java.util.Locale;

/** One of the two proxies. */
public enum Side {
    SOURCE,
    DESTINATION;

    /** The other side. */
    public Side peer() {
        return this == SOURCE ? DESTINATION : SOURCE;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
