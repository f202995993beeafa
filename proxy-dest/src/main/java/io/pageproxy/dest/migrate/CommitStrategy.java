package io.pageproxy.dest.migrate;

import io.pageproxy.dest.images.ImagesSync;
import io.pageproxy.frame.Frame.Committed;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.Outcome;
import java.nio.file.Path;
import java.util.Optional;

/**
 * How a migration gets from one copy to the other: what a push and a lazy migration do differently.
 * The {@link MigrationSession} decides when; everything runs on its event loop.
 */
interface CommitStrategy {
    /** Requests of a strategy to its session; on its event loop. */
    interface Owner {
        MigrationState state();

        /** Tells the source that it may begin. */
        void attached();

        /** Everything has arrived and nothing has run yet: the source may commit. */
        void staged();

        /** The source has committed by Recommit: moves on and calls {@link #commit}. */
        void commit();

        /** The restored tree runs. */
        void running();

        /** The source has received the outcome; any thread. */
        void outcomeHeard();

        /** From now on this is the answer to every Recommit. */
        void answerRecommit(Committed answer);

        /** Fails the migration; see {@link #fail(Outcome)}. */
        void fail(CloseReason reason, String message);

        /** Fails the migration and kills its tree, unless that may be the only copy. */
        void fail(Outcome outcome);

        /**
         * Ends the migration and leaves its tree as it is. The connection stays the caller's.
         *
         * @param unheard whether the source may not receive the outcome, and may ask by Recommit
         */
        void end(Outcome outcome, boolean unheard);
    }

    /** Makes one for the session that owns it. */
    interface Factory {
        CommitStrategy create(MigrationParts parts, Owner owner);
    }

    /** Prepares the folder of the images as far as that is this connection's task. */
    void prepare();

    /** The session of the pages has that folder: a restore can get ready for what will come. */
    default void prepareRestore(Path folder) {}

    /** How durable the files must be before the tree is restored. */
    ImagesSync filesSync();

    /** The files are whole: restores the tree, pauses it, and calls {@link Owner#staged}. */
    void restore();

    /** The source has committed: lets the tree run. */
    void commit();

    /** The source has sent Recommit on another connection; it was told that all is staged. */
    void onRecommit();

    /** Whether the source may have given up its copy, so that this one must not be killed. */
    boolean isOnlyCopy();

    /** Whether only the source knows if this is the only copy: it may say so by Recommit. */
    boolean isUndecided();

    /** Something failed on this host while {@link #isOnlyCopy} holds. */
    void onFailureOfOnlyCopy(CloseReason reason, String message);

    /** Kills the tree, which is not the only copy, and then continues on the event loop. */
    void kill(Outcome why, Runnable next);

    /** The restore that another session feeds with pages; any thread. */
    default Optional<LazyRestore> lazyRestore() {
        return Optional.empty();
    }
}
