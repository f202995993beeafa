package io.pageproxy.dest.migrate;

import io.pageproxy.dest.images.Claimant;
import io.pageproxy.dest.images.ImagesFolder;
import io.pageproxy.dest.images.ImagesSync;
import io.pageproxy.frame.Frame.Committed;
import io.pageproxy.process.ExitStatus;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.SessionName;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The commit of a migration whose tree runs before it has its pages. The source only stops its
 * tasks before it commits, so that a failure kills the copy here until it has all its pages; from
 * then on {@link LazyRestore} decides.
 */
final class LazyCommit implements CommitStrategy, LazyRestore.Owner {
    private static final Logger LOG = LoggerFactory.getLogger(LazyCommit.class);

    private final MigrationParts parts;
    private final Owner owner;
    private final Optional<SessionName> lastRound;
    private final LazyRestore lazy;

    LazyCommit(MigrationParts parts, Owner owner) {
        this(parts, owner, Optional.empty());
    }

    /**
     * @param lastRound on whose pages the images build
     */
    LazyCommit(MigrationParts parts, Owner owner, Optional<SessionName> lastRound) {
        this.parts = parts;
        this.owner = owner;
        this.lastRound = lastRound;
        this.lazy =
                new LazyRestore(
                        parts.restores(),
                        parts.loop(),
                        parts.work(),
                        parts.undecidedTimeout(),
                        this);
    }

    /** No session of pages claims the folder. */
    @Override
    public void prepare() {
        parts.files().claim(this::claim, this::onFolderClaimed);
    }

    private ImagesFolder claim() {
        Claimant claimant =
                parts.services()
                        .config()
                        .claimant(parts.tunnel().security().peer())
                        .inMigration(parts.attach().migration());
        Path imagesDir = imagesDir();
        Optional<SessionName> session = parts.attach().session().map(SessionName::new);
        return lastRound.isPresent()
                ? ImagesFolder.claimAfterRounds(imagesDir, session, lastRound.get(), claimant)
                : ImagesFolder.claim(imagesDir, session, Optional.empty(), claimant);
    }

    private Path imagesDir() {
        return parts.services().config().imagesDir();
    }

    private void onFolderClaimed() {
        Path folder = parts.files().folder().orElseThrow();
        parts.facts().prepared(folder);
        if (owner.state() == MigrationState.WAITING) {
            owner.attached();
            parts.restore()
                    .prepare(
                            folder,
                            Optional.of(held -> lazy.prepareDaemon(folder, held)),
                            this::onRestoreExit);
        }
    }

    /** The images are deleted when the migration is over. */
    @Override
    public ImagesSync filesSync() {
        return ImagesSync.NONE;
    }

    @Override
    public void restore() {
        lazy.startDaemon(parts.files().folder().orElseThrow(), this::onDaemonStarted);
    }

    private void onDaemonStarted() {
        if (owner.state() == MigrationState.STAGING) {
            parts.restore().start(this::onPaused);
        }
    }

    private void onPaused() {
        if (owner.state() == MigrationState.STAGING) {
            lazy.watch(parts.restore().root(), owner::staged);
        }
    }

    @Override
    public void commit() {
        lazy.resuming();
        parts.restore().run();
    }

    private void onRestoreExit(ExitStatus exit) {
        if (owner.state() == MigrationState.COMMITTING && exit.success()) {
            lazy.running();
            owner.running();
            parts.tunnel().send(new Committed(lazy.root(), 0));
            if (parts.services().config().sync() == ImagesSync.DURABLE) {
                parts.work().runAlways(parts.synced()::sync);
            }
        } else if (exit.signal() != 0) {
            owner.fail(CloseReason.RESTORE_FAILED, MigrationFailures.endedBeforeTheTreeRan(exit));
        } else {
            lazy.findKillOfDaemon(signal -> onRestoreFailed(exit, signal));
        }
    }

    /** A restore whose daemon was killed fails because of that, whichever end is noticed first. */
    private void onRestoreFailed(ExitStatus exit, OptionalInt killOfDaemon) {
        if (killOfDaemon.isPresent()) {
            owner.fail(
                    CloseReason.PAGE_SERVER_FAILED,
                    "criu lazy-pages ended before the restored tree could run: "
                            + ExitStatus.killed(killOfDaemon.getAsInt()).describe());
        } else {
            owner.fail(CloseReason.RESTORE_FAILED, MigrationFailures.endedBeforeTheTreeRan(exit));
        }
    }

    /** The source has stopped to serve pages and asks whether the tree has all of them. */
    @Override
    public void onRecommit() {
        owner.fail(CloseReason.PEER_LOST, "the source serves no more pages");
    }

    @Override
    public boolean isOnlyCopy() {
        return lazy.isWhole();
    }

    /** The source's tasks are stopped, not killed, when it commits. */
    @Override
    public boolean isUndecided() {
        return false;
    }

    @Override
    public void onFailureOfOnlyCopy(CloseReason reason, String message) {
        LOG.warn("the tree of root {} has all its pages: {}", lazy.root(), message);
    }

    @Override
    public void kill(Outcome why, Runnable next) {
        lazy.end(
                why,
                () ->
                        parts.restore()
                                .giveUp(
                                        () -> {
                                            lazy.abandonDaemon();
                                            lazy.gone();
                                            next.run();
                                        }));
    }

    @Override
    public Optional<LazyRestore> lazyRestore() {
        return Optional.of(lazy);
    }

    @Override
    public void onWhole() {
        owner.answerRecommit(new Committed(lazy.root(), 0));
    }

    @Override
    public void onPagesFailed(Outcome outcome) {
        owner.fail(outcome);
    }

    @Override
    public void onLazyOver(Outcome outcome) {
        parts.work()
                .runAlways(
                        () -> {
                            parts.files().abandon("its pages went to the tree itself", false);
                            parts.files().removeRounds(imagesDir());
                        });
        owner.end(outcome, false);
        parts.tunnel().close();
    }
}
