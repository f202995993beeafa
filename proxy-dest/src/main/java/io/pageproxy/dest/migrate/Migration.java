package io.pageproxy.dest.migrate;

import io.netty.channel.EventLoop;
import io.pageproxy.dest.images.ImagesFolder;
import io.pageproxy.dest.sync.SyncedFolders;
import io.pageproxy.frame.Frame.Committed;
import io.pageproxy.session.Outcome;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** A migration as the {@link MigrationRegistry} and other connections of its source see it. */
interface Migration {
    /** The keys by which it is found; any thread. */
    MigrationId id();

    /** The event loop of its connection; any thread. */
    EventLoop loop();

    /** The restore that runs before it has its pages; empty if its pages are pushed. Any thread. */
    Optional<LazyRestore> lazyRestore();

    /** The folders of files that it copies; any thread. */
    SyncedFolders syncedFolders();

    /** The folder to which the pushed pages will come. On {@link #loop}. */
    void onFolderClaimed(Path folder);

    /**
     * The pushed pages are whole. Their folder, which keeps its mark, belongs to this migration
     * from now on. Any thread.
     */
    void onPagesWhole(ImagesFolder whole);

    /** Fails the migration, unless its tree may be the only copy. On {@link #loop}. */
    void fail(Outcome outcome);

    /**
     * The source says on another connection that its tasks are gone. On {@link #loop}.
     *
     * @return the same outcome however often it is asked; fails with a {@link
     *     io.pageproxy.session.SessionException} if the tree does not run
     */
    CompletableFuture<Committed> onRecommit();

    /** The source has received the outcome; any thread. */
    void outcomeHeard();
}
