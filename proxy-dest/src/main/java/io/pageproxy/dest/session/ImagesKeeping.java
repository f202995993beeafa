package io.pageproxy.dest.session;

import java.time.Duration;
import java.util.Optional;

/**
 * How long images are kept.
 *
 * @param incomplete whether incomplete images stay when the same peer tries again
 * @param afterRestore whether the images of a tree that runs here again stay
 * @param retention how long complete images stay; empty: for ever
 */
public record ImagesKeeping(
        boolean incomplete, boolean afterRestore, Optional<Duration> retention) {
    /** Incomplete images make room for a retry; everything else stays. */
    public static final ImagesKeeping DEFAULT = new ImagesKeeping(false, true, Optional.empty());
}
