package io.pageproxy.dest.restore;

import io.pageproxy.criu.TreeWatchdog;
import io.pageproxy.dest.lazy.AttachedDaemons;
import io.pageproxy.process.ExitStatus;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;

/** Restores process trees from images, if the destination allows that. */
public interface Restores {
    /** Log of a restore, in the folder of its images. */
    String LOG_FILE_NAME = "restore.log";

    /** Allows no restore. */
    Restores NONE =
            new Restores() {
                @Override
                public boolean allowed() {
                    return false;
                }

                @Override
                public Paused start(Path folder, boolean lazy) {
                    throw new IllegalStateException("restores are not allowed");
                }

                @Override
                public AttachedDaemons lazyDaemons() {
                    throw new IllegalStateException("restores are not allowed");
                }

                @Override
                public TreeWatchdog watch(long root, OptionalInt kept) {
                    throw new IllegalStateException("restores are not allowed");
                }
            };

    /** Whether a peer may ask for a restore. */
    boolean allowed();

    /**
     * Starts to restore the tree of those images; blocks until the restore has started.
     *
     * @param lazy whether a lazy-pages daemon that listens in the folder brings the memory
     * @throws IOException that says why the restore could not be started
     */
    Paused start(Path folder, boolean lazy) throws IOException;

    /** Starts the lazy-pages daemon of one migration. */
    AttachedDaemons lazyDaemons();

    /**
     * Starts a watchdog that kills the tree if we end; blocks until the watchdog has started.
     *
     * @param root from {@link Paused#root}
     * @param kept a descriptor that stays open until the watchdog ends
     * @throws IOException that says why the tree cannot be watched
     */
    TreeWatchdog watch(long root, OptionalInt kept) throws IOException;

    /** A restore whose tree does not run until it is told to. Any thread. */
    interface Paused {
        /** Completes when the whole tree is restored and paused. */
        CompletableFuture<Void> ready();

        /** Completes when the restore has ended; the tree runs if, and only if, it succeeded. */
        CompletableFuture<ExitStatus> exit();

        /** Lets the tree run, once it is ready. */
        void run() throws IOException;

        /** Kills the tree without having let it run. */
        void giveUp();

        /**
         * Kills the tasks that a failed restore has left; blocks.
         *
         * @return the tasks that are still alive
         */
        default List<Long> killLeft() {
            return List.of();
        }

        /** The tasks that a restore has left when it ended; blocks. */
        default List<Long> left() {
            return List.of();
        }

        /** The root of the paused tree; empty if it is not known. */
        OptionalLong root();

        /** The root of the running tree; empty if it is not known. */
        OptionalLong pid();
    }
}
