package io.pageproxy.dest.restore;

import io.pageproxy.dest.lazy.AttachedDaemons;
import io.pageproxy.process.ExitStatus;
import io.pageproxy.process.TreeGuard;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;

/** Brings trees back to life from whole images, where this destination does that. */
public interface Restores {
    /** What a restore says is in this file of the images folder. */
    String LOG_FILE_NAME = "restore.log";

    /** Restores nothing. */
    Restores NONE =
            new Restores() {
                @Override
                public boolean allowed() {
                    return false;
                }

                @Override
                public Held start(Path folder, boolean lazy) {
                    throw new IllegalStateException("restores are not allowed");
                }

                @Override
                public AttachedDaemons lazyDaemons() {
                    throw new IllegalStateException("restores are not allowed");
                }

                @Override
                public TreeGuard guard(long root, OptionalInt kept) {
                    throw new IllegalStateException("restores are not allowed");
                }
            };

    /** Whether a peer may ask for one. */
    boolean allowed();

    /**
     * Begins to restore the tree of those images; blocks for the start only.
     *
     * @param lazy whether its memory comes from a lazy-pages daemon, which waits in that folder
     * @throws IOException that says why it could not be started
     */
    Held start(Path folder, boolean lazy) throws IOException;

    /** What starts the lazy-pages daemon of one migration. */
    AttachedDaemons lazyDaemons();

    /**
     * Has a held tree ended where we end; blocks for the start only.
     *
     * @param root from {@link Held#root}
     * @param kept is open until the tree is gone
     * @throws IOException that says why it cannot be guarded
     */
    TreeGuard guard(long root, OptionalInt kept) throws IOException;

    /** A restore whose tree does not run before we say so. Any thread. */
    interface Held {
        /** Completes when the whole tree is restored and waits for the word to run. */
        CompletableFuture<Void> ready();

        /** Completes when the restore has ended: with success, and only then, the tree runs. */
        CompletableFuture<ExitStatus> exit();

        /** Lets the tree run; once it is ready. */
        void run() throws IOException;

        /** Gives up: the tree, as far as it is there, is killed without having run. */
        void giveUp();

        /**
         * Kills what a restore that has ended without success has left of its tree; blocks.
         *
         * @return the tasks that live all the same
         */
        default List<Long> killLeft() {
            return List.of();
        }

        /** The tasks of the tree that are there, with no restore beside them; blocks. */
        default List<Long> left() {
            return List.of();
        }

        /** The root of the tree once it is ready; empty where it is not known. */
        OptionalLong root();

        /** The root of the tree that runs; empty where it is not known. */
        OptionalLong pid();
    }
}
