package io.pageproxy.dest.migrate;

import io.netty.channel.ChannelFutureListener;
import io.netty.util.concurrent.Future;
import io.pageproxy.dest.images.ExpiredImages;
import io.pageproxy.dest.images.ImagesSync;
import io.pageproxy.frame.Frame.Committed;
import io.pageproxy.process.ExitStatus;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.Side;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The commit of a migration whose pages were pushed before. The source kills its tasks before it
 * commits: between STAGED and Commit only the source knows which copy is the only one, and after
 * Commit it is the one here, which nothing may kill.
 */
final class PushCommit implements CommitStrategy {
    private final MigrationParts parts;
    private final Owner owner;
    private final ImagesSync sync;
    private long runningNanos;

    PushCommit(MigrationParts parts, Owner owner) {
        this.parts = parts;
        this.owner = owner;
        this.sync = parts.services().config().sync();
    }

    /** The session of the pages claims the folder and hands it over. */
    @Override
    public void prepare() {
        owner.attached();
    }

    @Override
    public void prepareRestore(Path folder) {
        if (parts.attach().restore()) {
            parts.restore().prepare(folder, Optional.empty(), this::onRestoreExit);
        }
    }

    /** A tree that is to run waits for no disk: its images are synced when it does. */
    @Override
    public ImagesSync filesSync() {
        return parts.attach().restore() ? ImagesSync.NONE : sync;
    }

    @Override
    public void restore() {
        if (!parts.attach().restore()) {
            owner.staged();
        } else if (parts.restore().prepared()) {
            parts.restore().start(owner::staged);
        } else {
            owner.fail(
                    CloseReason.TUNNEL_PROTOCOL,
                    "the pages began before the migration they are of");
        }
    }

    @Override
    public void commit() {
        if (parts.restore().started()) {
            parts.restore().run();
        } else {
            parts.files().markComplete(sync, this::complete);
        }
    }

    @Override
    public void onRecommit() {
        if (isUndecided()) {
            owner.commit();
        }
    }

    private void onRestoreExit(ExitStatus exit) {
        if (owner.state() != MigrationState.COMMITTING) {
            owner.fail(CloseReason.RESTORE_FAILED, MigrationFailures.endedBeforeTheTreeRan(exit));
        } else if (exit.success()) {
            runningNanos = System.nanoTime();
            owner.running();
            owner.answerRecommit(answer());
            if (sync == ImagesSync.DURABLE) {
                parts.work().runAlways(parts.synced()::sync);
            }
            parts.files()
                    .markCompleteIfPossible(keepsImages() ? sync : ImagesSync.NONE, this::complete);
        } else {
            parts.restore()
                    .lookForLeft(
                            () ->
                                    parts.files()
                                            .markComplete(sync, () -> endAfterFailedRestore(exit)));
        }
    }

    private void complete() {
        Committed answer = answer();
        owner.answerRecommit(answer);
        owner.end(
                Outcome.completed(
                        Side.DESTINATION,
                        parts.restore().started()
                                ? "the tree runs here, its root is " + answer.pid().orElse(-1)
                                : "images whole and durable"),
                true);
        parts.tunnel()
                .send(answer)
                .addListener(this::onAnswerSent)
                .addListener(ChannelFutureListener.CLOSE);
        removeImages();
    }

    private Committed answer() {
        long ranNanos = parts.restore().started() ? System.nanoTime() - runningNanos : 0;
        return new Committed(parts.restore().pid(), ranNanos / 1e9);
    }

    private boolean keepsImages() {
        return parts.services().config().keeping().afterRestore();
    }

    /** The tree runs, so nobody needs its images any more. */
    private void removeImages() {
        if (parts.restore().started() && !keepsImages()) {
            Path imagesDir = parts.services().config().imagesDir();
            Path folder = parts.files().folder().orElseThrow();
            parts.work().runAlways(() -> ExpiredImages.removeRestored(imagesDir, folder));
        }
    }

    private void onAnswerSent(Future<?> sent) {
        if (sent.isSuccess()) {
            owner.outcomeHeard();
        }
    }

    /** Its tasks are not killed: they may run and are the only copy. */
    private void endAfterFailedRestore(ExitStatus exit) {
        endWithoutTree(CloseReason.RESTORE_FAILED, parts.failures().failedAfterCommit(exit));
    }

    @Override
    public void onFailureOfOnlyCopy(CloseReason reason, String message) {
        endWithoutTree(
                reason, message + "; the images are whole, and the source has given up its own");
    }

    private void endWithoutTree(CloseReason reason, String message) {
        Outcome outcome = Outcome.failed(Side.DESTINATION, reason, message);
        owner.end(outcome, false);
        parts.tunnel().abort(outcome);
    }

    @Override
    public boolean isOnlyCopy() {
        return owner.state() == MigrationState.COMMITTING;
    }

    @Override
    public boolean isUndecided() {
        return owner.state() == MigrationState.STAGED
                || owner.state() == MigrationState.DISCONNECTED;
    }

    /** Work that is under way ends first. */
    @Override
    public void kill(Outcome why, Runnable next) {
        parts.work().runAlways(() -> parts.ownedLoop().execute(() -> parts.restore().giveUp(next)));
    }
}
