package io.pageproxy.dest.restore;

import io.pageproxy.criu.Task;
import io.pageproxy.dest.images.HeldImages;
import io.pageproxy.dest.lazy.LazyPages;
import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalInt;

/**
 * The programs of restores, which need root's rights: children of this process, or of another that
 * has these rights.
 */
public interface RestorePrograms {
    /** See {@link Restores#hold}. */
    HeldImages hold(Path folder) throws IOException;

    /** See {@link Restores#start}. */
    Restores.Paused start(Path folder, boolean lazy, int reader) throws IOException;

    /** See {@link Restores#tellsFiles}. */
    default boolean tellsFiles() {
        return true;
    }

    /** Starts lazy-pages daemons. */
    LazyPages lazyPages();

    /** See {@link Restores#watch}. */
    Restores.Watchdog watch(Task root, OptionalInt kept) throws IOException;
}
