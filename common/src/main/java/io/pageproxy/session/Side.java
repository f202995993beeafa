package io.pageproxy.session;

import java.util.Locale;

/** One of the two proxies. */
public enum Side {
    SOURCE,
    DESTINATION;

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
