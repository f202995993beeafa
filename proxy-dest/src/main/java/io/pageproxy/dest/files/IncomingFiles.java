package io.pageproxy.dest.files;

import io.netty.buffer.ByteBuf;
import io.pageproxy.codec.BlockSequence;
import io.pageproxy.dest.images.AddedFiles;
import io.pageproxy.dest.images.ExpiredImages;
import io.pageproxy.dest.images.ImagesFolder;
import io.pageproxy.dest.images.ImagesSync;
import io.pageproxy.dest.session.SerialWork;
import io.pageproxy.dest.session.SessionQuota;
import io.pageproxy.frame.Frame.Block;
import io.pageproxy.frame.Frame.File;
import io.pageproxy.frame.Frame.FileEnd;
import io.pageproxy.frame.Frame.FilesEnd;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import io.pageproxy.text.FailureText;
import io.pageproxy.tunnel.Tunnel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Receives the images of a session that its page server does not write, and has workers write them
 * into its folder. A {@link WorkBacklog} bounds what waits for a worker. On the connection's event
 * loop, except where noted.
 */
public final class IncomingFiles {
    private static final Logger LOG = LoggerFactory.getLogger(IncomingFiles.class);

    private final SerialWork work;
    private final WorkBacklog backlog;
    private final SessionQuota quota;
    private final BlockSequence blocks = new BlockSequence();
    private volatile Optional<Path> path = Optional.empty();

    // Used by workers only, by one piece of work after the other.
    private ImagesFolder folder;
    private AddedFiles files;
    private boolean withPages;
    private boolean synced;

    /**
     * Receives no files before a folder is claimed.
     *
     * @param quota limits the number and the length of all files
     */
    public IncomingFiles(Tunnel tunnel, SerialWork work, SessionQuota quota) {
        this.work = work;
        this.backlog = new WorkBacklog(tunnel, work);
        this.quota = quota;
    }

    /**
     * Claims a folder to which no page server writes: images of pages may come as files too.
     *
     * @param next called when the folder is claimed and marked as incomplete
     */
    public void claim(Supplier<ImagesFolder> claim, Runnable next) {
        work.run(
                () -> {
                    ImagesFolder claimed = claim.get();
                    folder = claimed;
                    files = new AddedFiles(claimed, true);
                    withPages = true;
                },
                () -> {
                    path = Optional.of(folder.path());
                    next.run();
                });
    }

    /** Adds the files to a folder that holds the images of the pages; it becomes ours. */
    public void addTo(ImagesFolder whole) {
        path = Optional.of(whole.path());
        work.run(
                () -> {
                    folder = whole;
                    files = new AddedFiles(whole, false);
                });
    }

    /** The folder of the images, once it is claimed; any thread. */
    public Optional<Path> folder() {
        return path;
    }

    /**
     * A file begins.
     *
     * @throws SessionException LIMIT_EXCEEDED if the quota does not allow it
     */
    public void begin(File file) {
        quota.countFile();
        quota.count(file.bytes());
        int nameBytes = Character.BYTES * file.name().length();
        backlog.add(nameBytes, () -> files.begin(file.name(), file.bytes()), () -> {});
    }

    /** Takes a part of the file, and the ownership of its content. */
    public void take(Block block) {
        ByteBuf content = block.content();
        int bytes = content.readableBytes();
        try {
            blocks.check(block);
        } catch (SessionException e) {
            content.release();
            throw e;
        }
        backlog.add(bytes, () -> files.write(content), content::release);
    }

    /** The file has ended. */
    public void end(FileEnd end) {
        backlog.add(() -> files.end(end.sha256()));
    }

    /**
     * The last file has ended.
     *
     * @param sync whether all images of the folder are synced
     * @param next called when all files are whole, and synced
     */
    public void finish(FilesEnd end, ImagesSync sync, Runnable next) {
        work.run(
                () -> {
                    protect(sync);
                    files.finish(end.files(), end.bytes());
                    syncImages(sync);
                },
                next);
    }

    /** Images that do not hold the pages are never the only copy. */
    private void protect(ImagesSync sync) {
        if (withPages) {
            return;
        }
        try {
            folder.protect(sync);
        } catch (IOException e) {
            throw new SessionException(
                    CloseReason.LOCAL_FAILURE,
                    "the mark in " + folder.path() + " cannot be written: " + FailureText.of(e));
        }
    }

    /**
     * Syncs all images unless that was done, removes the mark of incomplete ones, then calls {@code
     * next}.
     */
    public void markComplete(ImagesSync sync, Runnable next) {
        work.run(() -> markComplete(sync), next);
    }

    /** Does the same for images of a tree that runs: a failure only leaves them marked. */
    public void markCompleteIfPossible(ImagesSync sync, Runnable next) {
        work.run(
                () -> {
                    try {
                        markComplete(sync);
                    } catch (SessionException e) {
                        LOG.warn(
                                "the tree runs, but its images stay incomplete: {}",
                                e.getMessage());
                        folder.abandon(e.getMessage());
                    }
                },
                next);
    }

    private void markComplete(ImagesSync sync) {
        syncImages(sync);
        folder.markComplete(sync);
    }

    private void syncImages(ImagesSync sync) {
        if (!synced) {
            files.sync(sync);
            folder.sync(sync);
            synced = sync != ImagesSync.NONE;
        }
    }

    // ---- blocking, for workers

    /** Removes the rounds on which images build that are of no use any more. */
    public void removeRounds(Path imagesDir) {
        folder.parentPath()
                .ifPresent(last -> ExpiredImages.removeRounds(imagesDir, folder.path(), last));
    }

    /**
     * Leaves the folder marked as incomplete; does nothing if none was claimed.
     *
     * @param why is written into the mark
     */
    public void abandon(String why, boolean keepFiles) {
        if (files != null && !keepFiles) {
            files.discard();
        }
        if (folder != null) {
            if (keepFiles) {
                folder.abandonOnlyCopy(why);
            } else {
                folder.abandon(why);
            }
        }
    }
}
