package io.pageproxy.source.migrate.budget;

import java.io.IOException;
import java.util.List;

/** Takes processor time from a tree, so that it writes less. */
public interface Throttle extends AutoCloseable {
    /** Takes nothing. */
    Throttle NONE =
            new Throttle() {
                @Override
                public boolean more() {
                    return false;
                }

                @Override
                public List<Integer> percents() {
                    return List.of();
                }

                @Override
                public void beforeLastDump() {}

                @Override
                public void close() {}
            };

    /**
     * Goes one step further.
     *
     * @return false if there is no further step
     */
    boolean more() throws IOException;

    /** The steps so far, in percent of what the tree used. */
    List<Integer> percents();

    /** The tree gets its time back as soon as it is frozen, and keeps it if it runs on. */
    void beforeLastDump();

    /** Gives all time back. */
    @Override
    void close();
}
