package io.pageproxy.dest.restore;

import io.pageproxy.criu.Task;
import io.pageproxy.criu.TreeWatchdog.Action;
import io.pageproxy.dest.images.HeldImages;
import io.pageproxy.dest.images.ImageFiles;
import io.pageproxy.dest.lazy.AttachedDaemons;
import io.pageproxy.process.ExitStatus;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import io.pageproxy.text.ShellWord;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;

/** Restores process trees from images, if the destination allows that. */
public interface Restores {
    /** Log of a restore, in the folder of its images. */
    String LOG_FILE_NAME = ImageFiles.RESTORE_LOG_FILE_NAME;

    /** Allows no restore. */
    Restores NONE =
            new Restores() {
                @Override
                public boolean allowed() {
                    return false;
                }

                @Override
                public HeldImages hold(Path folder) {
                    throw new IllegalStateException("restores are not allowed");
                }

                @Override
                public Paused start(Path folder, boolean lazy, int reader) {
                    throw new IllegalStateException("restores are not allowed");
                }

                @Override
                public AttachedDaemons lazyDaemons() {
                    throw new IllegalStateException("restores are not allowed");
                }

                @Override
                public Watchdog watch(Task root, OptionalInt kept) {
                    throw new IllegalStateException("restores are not allowed");
                }
            };

    /** Whether a peer may ask for a restore. */
    boolean allowed();

    /** The program that restores; empty if none does. */
    default Optional<String> criu() {
        return Optional.empty();
    }

    /** Whether this process sees all files, and a peer may know which there are. */
    default boolean tellsFiles() {
        return false;
    }

    /**
     * What a restore and its lazy-pages daemon wait for when they are started, before their images
     * are there.
     *
     * @throws IOException if the folder cannot be used
     */
    HeldImages hold(Path folder) throws IOException;

    /**
     * Starts the restore of a tree up to the point where it needs its images; blocks until it has
     * started.
     *
     * @param lazy whether a lazy-pages daemon, which was started before, brings the memory
     * @param reader from {@link #hold} of the same folder
     * @throws IOException that says why the restore could not be started
     */
    Paused start(Path folder, boolean lazy, int reader) throws IOException;

    /**
     * The restores of one container of runc.
     *
     * @throws SessionException if containers are not restored here, or none of that id
     */
    default Restores container(String id) {
        throw new SessionException(
                CloseReason.RESTORE_NOT_ALLOWED,
                "the destination restores no containers of runc: start it with --runc-bundles DIR,"
                        + " the folder of their bundles, or send only the images with --no-restore");
    }

    /**
     * Checks what can be known before there are images; blocks.
     *
     * @param bundleComes whether the bundle of the container is yet to come
     * @throws SessionException that says why a restore would fail
     */
    default void requirePossible(boolean bundleComes) {}

    /** The bundle of the container; empty if a process tree is restored. */
    default Optional<Path> bundle() {
        return Optional.empty();
    }

    /** Whether TCP connections are restored too; a tree that has some is not without. */
    default boolean withConnections() {
        return false;
    }

    /** The command that restores these images by hand. */
    default String byHand(Path images) {
        return "criu restore -D " + ShellWord.of(images.toString());
    }

    /** Starts the lazy-pages daemon of one migration. */
    AttachedDaemons lazyDaemons();

    /**
     * Starts a watchdog that kills the tree if we end; blocks until the watchdog has started.
     *
     * @param root from {@link Paused#root}
     * @param kept a descriptor that stays open until the watchdog ends
     * @throws IOException that says why the tree cannot be watched
     */
    Watchdog watch(Task root, OptionalInt kept) throws IOException;

    /**
     * Acts on a whole tree of tasks, also when its owner has ended. Each method blocks until it is
     * done. Any thread, one at a time.
     */
    interface Watchdog extends AutoCloseable {
        /** Applies the action now. */
        void apply(Action action) throws IOException;

        /** Sets the action for the end of its owner. */
        void onOwnerExit(Action action) throws IOException;

        /** Leaves the tree as it is: nothing is applied any more. */
        void leave() throws IOException;

        /** A watchdog that was not told to leave applies its action then. */
        @Override
        void close();
    }

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
        Optional<Task> root();

        /** The root of the running tree; empty if it is not known. */
        OptionalLong pid();
    }
}
