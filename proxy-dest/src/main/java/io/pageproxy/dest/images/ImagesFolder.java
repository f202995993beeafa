package io.pageproxy.dest.images;

import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import io.pageproxy.session.SessionName;
import io.pageproxy.text.LogTail;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The folder that one session has claimed for its images. It contains the locked mark {@code
 * .incomplete} until the session completes or is abandoned. Blocking; callable on any thread, but
 * not concurrently.
 *
 * <pre>
 *   claim --> CLAIMED --markComplete--> COMPLETE    images, no mark
 *                |
 *                +-----abandon--> ABANDONED         images and the mark, which says why;
 *                                                   or nothing if no image was written
 * </pre>
 */
public final class ImagesFolder {
    private static final int FULL_LOG_LINES = 20;
    private static final int FULL_LOG_BYTES = 8 * 1024;

    private enum State {
        CLAIMED,
        COMPLETE,
        ABANDONED
    }

    private final Path topToSync;
    private final Path folder;
    private final Optional<Path> parent;
    private final IncompleteMark mark;
    private final Claimant claimant;
    private State state = State.CLAIMED;
    private List<Path> unmarkedRounds = List.of();

    private ImagesFolder(
            Path topToSync,
            Path folder,
            Optional<Path> parent,
            IncompleteMark mark,
            Claimant claimant) {
        this.topToSync = topToSync;
        this.folder = folder;
        this.parent = parent;
        this.mark = mark;
        this.claimant = claimant;
    }

    /**
     * Claims the folder of a session: DIR/SESSION, or DIR itself if the session has no name.
     * Missing folders are created inaccessible to other users (see {@link ImageAccess}). Afterwards
     * it contains an empty log.
     *
     * @param imagesDir DIR, which may be a link; links below it are refused
     * @param parent the session that this one's images refer to; its images must be complete
     * @throws SessionException IMAGES_DIR_REFUSED if the folder is in use, already contains images
     *     or folders of other sessions, is inside another session's folder, is not writable or is
     *     reached by a link, or if the parent's images are not complete; SESSION_INVALID if the
     *     parent is the session itself; NO_SPACE. Everything created is removed then.
     */
    public static ImagesFolder claim(
            Path imagesDir, Optional<SessionName> session, Optional<SessionName> parent) {
        return claim(imagesDir, session, parent, Claimant.NOBODY);
    }

    /**
     * Claims the folder of a session; one that holds only incomplete images of the same peer may be
     * replaced.
     */
    public static ImagesFolder claim(
            Path imagesDir,
            Optional<SessionName> session,
            Optional<SessionName> parent,
            Claimant claimant) {
        if (parent.isPresent() && parent.equals(session)) {
            throw new SessionException(
                    CloseReason.SESSION_INVALID,
                    "session '" + session.get() + "' is its own --parent: give it another name");
        }
        LiveFolders folders = LiveFolders.OF_PROCESS;
        synchronized (folders) {
            Path dir = FolderPath.imagesDir(imagesDir, folders);
            try {
                Optional<Path> parentFolder =
                        parent.map(name -> FolderPath.completeParent(dir, name, claimant));
                Path folder = session.map(name -> FolderPath.make(dir, name, folders)).orElse(dir);
                return enter(dir, folder, parentFolder, folders, claimant);
            } catch (SessionException e) {
                folders.unmake(dir);
                throw e;
            }
        }
    }

    /**
     * Claims the folder of a lazy migration's images, which build on its rounds, and links it to
     * them: no page server does so.
     *
     * @param lastRound a round that the same peer has sent for the same migration
     * @throws SessionException as {@link #claim}, and if it is no such round
     */
    public static ImagesFolder claimAfterRounds(
            Path imagesDir,
            Optional<SessionName> session,
            SessionName lastRound,
            Claimant claimant) {
        ImagesFolder claimed = claim(imagesDir, session, Optional.of(lastRound), claimant);
        Path round = claimed.parent.orElseThrow();
        try {
            Optional<RoundMark> mark = RoundMark.in(round);
            if (mark.isEmpty() || !mark.equals(claimant.roundMark())) {
                throw FolderPath.refused(round, "is no round of this migration");
            }
            Files.createSymbolicLink(
                    claimed.folder.resolve(ImageFiles.PARENT_LINK),
                    claimed.parentRelative().orElseThrow());
            return claimed;
        } catch (IOException e) {
            claimed.abandon("the link to its rounds cannot be made");
            throw FolderPath.unusable(claimed.folder, e);
        } catch (SessionException e) {
            claimed.abandon(e.getMessage());
            throw e;
        }
    }

    /**
     * Claims a folder of complete images again that must not be used: it carries the mark again,
     * permanently once it is abandoned.
     *
     * @param folder from an earlier session's {@link #path}
     * @throws SessionException IMAGES_DIR_REFUSED if it is in use or no longer complete; NO_SPACE
     */
    public static ImagesFolder reopen(Path folder) {
        return reopen(folder, Claimant.NOBODY);
    }

    /**
     * Does the same for a peer that may replace the images.
     *
     * @param claimant as it was claimed first
     */
    public static ImagesFolder reopen(Path folder, Claimant claimant) {
        LiveFolders folders = LiveFolders.OF_PROCESS;
        synchronized (folders) {
            if (!folders.enter(folder)) {
                throw FolderPath.inUse(folder);
            }
            try {
                return new ImagesFolder(
                        folder,
                        folder,
                        Optional.empty(),
                        FolderClaim.takeAgain(folder, claimant.peer()),
                        claimant);
            } catch (IOException e) {
                throw leave(folder, folders, FolderPath.unusable(folder, e));
            } catch (SessionException e) {
                throw leave(folder, folders, e);
            }
        }
    }

    private static ImagesFolder enter(
            Path dir,
            Path folder,
            Optional<Path> parentFolder,
            LiveFolders folders,
            Claimant claimant) {
        if (!folders.enter(folder)) {
            throw FolderPath.inUse(folder);
        }
        try {
            Path topToSync = folders.hasMade(dir) ? dir.getParent() : dir;
            return new ImagesFolder(
                    topToSync,
                    folder,
                    parentFolder,
                    FolderClaim.take(dir, folder, folders, claimant),
                    claimant);
        } catch (IOException e) {
            throw leave(folder, folders, FolderPath.unusable(folder, e));
        } catch (SessionException e) {
            throw leave(folder, folders, e);
        }
    }

    private static SessionException leave(Path folder, LiveFolders folders, SessionException e) {
        folders.leave(folder);
        folders.unmake(folder);
        return e;
    }

    /** The folder as an absolute path without links. */
    public Path path() {
        return folder;
    }

    /** Who has claimed it. */
    public Claimant claimant() {
        return claimant;
    }

    /** The parent's folder as an absolute path. */
    public Optional<Path> parentPath() {
        return parent;
    }

    /**
     * The parent's folder relative to this one, for the page server's {@code --prev-images-dir}; it
     * becomes the target of the link {@code parent} in this folder.
     */
    public Optional<Path> parentRelative() {
        return parent.map(folder::relativize);
    }

    /** The page server's log, which is created empty by the claim. */
    public Path logFile() {
        return folder.resolve(ImageFiles.LOG_FILE_NAME);
    }

    /**
     * Returns the end of the page server's log as printable ASCII, lines joined by line feeds.
     *
     * @param maxLines maximum number of lines
     * @param maxBytes number of bytes at the end that are considered
     * @return empty if there is nothing to show, for example after {@link #abandon}
     */
    public String logTail(int maxLines, int maxBytes) {
        return LogTail.of(logFile(), maxLines, maxBytes);
    }

    /** Whether the file system has run out of space, or the page server's log says so. */
    public boolean isFull() {
        return DiskSpace.isFull(folder)
                || DiskSpace.saysFull(logTail(FULL_LOG_LINES, FULL_LOG_BYTES));
    }

    /** Makes complete images readable for a restore in a user namespace. */
    public void openImages() {
        ImageAccess.openImages(folder);
    }

    /**
     * Requires room for the pages that are expected.
     *
     * @throws SessionException NO_SPACE if there is not enough
     */
    public void requireSpace(long expectedBytes) {
        DiskSpace.require(folder, expectedBytes);
    }

    /** Describes the free space of the images' file system. */
    public String freeText() {
        return DiskSpace.freeText(folder);
    }

    /**
     * Removes the mark and the lock after the images have been checked and synced.
     *
     * @param sync whether the removal of the mark is made durable too
     * @throws SessionException IMAGES_NOT_WHOLE or NO_SPACE on failure; the images must not be
     *     reported as complete then, and {@link #abandon} must be called
     */
    public void markComplete(ImagesSync sync) {
        markComplete(sync, false);
    }

    /**
     * Does the same for a session of a migration that is not the migration's own: it may be
     * replaced if the migration fails, see {@link RoundMark}.
     */
    public void markRoundComplete(ImagesSync sync) {
        markComplete(sync, LeftRounds.isNamedAsRound(folder));
    }

    private synchronized void markComplete(ImagesSync sync, boolean isRound) {
        if (state != State.CLAIMED) {
            throw new IllegalStateException("the folder is " + state);
        }
        try {
            if (claimant.signs()) {
                ExpiredImages.sign(folder);
            }
            if (isRound && claimant.roundMark().isPresent()) {
                claimant.roundMark().get().write(folder);
            }
            mark.delete();
        } catch (IOException e) {
            throw DiskSpace.failure(
                    CloseReason.IMAGES_NOT_WHOLE,
                    "the mark in " + folder + " could not be removed",
                    folder,
                    e);
        }
        sync.syncFolder(folder);
        state = State.COMPLETE;
        synchronized (LiveFolders.OF_PROCESS) {
            LiveFolders.OF_PROCESS.keep(folder);
            unlock();
        }
    }

    /**
     * Gives up the folder of a failed session. If no image was written, everything that the session
     * created is removed, including the log; otherwise images, log and mark remain, and the reason
     * is written to the mark if the disk permits. Call it once the page server has ended. Never
     * throws; has no effect if the folder was completed or abandoned before.
     *
     * @param why the reason, for the operator
     */
    public synchronized void abandon(String why) {
        abandon(why, false, claimant.peer());
    }

    /** Gives up a folder whose images may be all that is left of a tree: nobody replaces them. */
    public synchronized void abandonOnlyCopy(String why) {
        abandon(why, false, Optional.empty());
    }

    /**
     * The images may soon be all that is left of a tree: from now on nobody replaces them or the
     * rounds that they build on, not even after the end of this process.
     *
     * @param sync whether that survives a crash of the host as well
     */
    public synchronized void protect(ImagesSync sync) throws IOException {
        if (state == State.CLAIMED) {
            mark.write(
                    "pageproxy: a migration restores these images (process "
                            + ProcessHandle.current().pid()
                            + "); if it is gone, they are whole and may be the only copy: find out"
                            + " whether the tree runs anywhere before they are removed",
                    Optional.empty(),
                    sync);
            if (claimant.roundMark().isPresent()) {
                unmarkedRounds = claimant.roundMark().get().removeFromChain(parent, sync);
            }
        }
    }

    /** Gives up a folder that another process may still write to: all files remain. */
    public synchronized void abandonInUse(String why) {
        abandon(why, true, Optional.empty());
    }

    private void abandon(String why, boolean inUse, Optional<String> replacer) {
        if (state != State.CLAIMED) {
            return;
        }
        state = State.ABANDONED;
        synchronized (LiveFolders.OF_PROCESS) {
            try {
                if (inUse || ImageFiles.anyWritten(folder)) {
                    LiveFolders.OF_PROCESS.keep(folder);
                    mark.write("pageproxy: these images are not whole: " + why, replacer);
                } else {
                    FolderClaim.clear(folder);
                    mark.delete();
                }
                if (replacer.isPresent()) {
                    markRoundsAgain();
                }
            } catch (IOException theMarkStays) {
                LiveFolders.OF_PROCESS.keep(folder);
            } finally {
                unlock();
                LiveFolders.OF_PROCESS.unmake(folder);
            }
        }
    }

    private void markRoundsAgain() throws IOException {
        for (Path round : unmarkedRounds) {
            claimant.roundMark().orElseThrow().write(round);
        }
    }

    /**
     * Syncs every image in the folder, the folder itself, and its parents up to the images dir.
     * Blocking.
     *
     * @throws SessionException NO_SPACE or IMAGES_NOT_WHOLE if syncing fails
     */
    public void sync(ImagesSync sync) {
        sync.syncImages(folder);
        foldersToSync().forEach(sync::syncFolder);
    }

    /** This folder and its parents that may contain new entries. */
    private List<Path> foldersToSync() {
        List<Path> folders = new ArrayList<>();
        for (Path at = folder; !at.equals(topToSync); at = at.getParent()) {
            folders.add(at);
        }
        folders.add(topToSync);
        return folders;
    }

    private void unlock() {
        LiveFolders.OF_PROCESS.leave(folder);
        try {
            mark.release();
        } catch (IOException lockIsGoneAnyway) {
            return;
        }
    }
}
