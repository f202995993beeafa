package io.pageproxy.dest.images;

import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import io.pageproxy.session.SessionName;
import io.pageproxy.text.SafeText;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The folder that one session has claimed for its images. It carries the mark {@code .incomplete},
 * locked, until the session is told that its images are whole, or gives up. Blocking; any thread,
 * one at a time.
 *
 * <pre>
 *   claim --> CLAIMED --markComplete--> COMPLETE    images, no mark
 *                |
 *                +-----abandon--> ABANDONED         images and the mark, which says why;
 *                                                   or nothing where no image was written
 * </pre>
 */
public final class ImagesFolder {
    /** The page server's log in the folder. */
    public static final String LOG_FILE_NAME = "page-server.log";

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
    private State state = State.CLAIMED;

    private ImagesFolder(Path topToSync, Path folder, Optional<Path> parent, IncompleteMark mark) {
        this.topToSync = topToSync;
        this.folder = folder;
        this.parent = parent;
        this.mark = mark;
    }

    /**
     * Claims the folder of a session: DIR/SESSION, or DIR itself where it has no name. What is
     * missing is made, out of the reach of other users (see {@link ImageAccess}). The log is there
     * afterwards, empty.
     *
     * @param imagesDir DIR, which may be a link; nothing below it may be
     * @param parent the session whose images this one's refer to; they must be whole
     * @throws SessionException IMAGES_DIR_REFUSED where the folder is in use, holds images or
     *     folders of other sessions already, lies in another session's folder, cannot be written or
     *     is reached by a link, or where the parent's images are not whole; SESSION_INVALID where
     *     the parent is the session itself; NO_SPACE. Nothing that it made is left then.
     */
    public static ImagesFolder claim(
            Path imagesDir, Optional<SessionName> session, Optional<SessionName> parent) {
        if (parent.isPresent() && parent.equals(session)) {
            throw new SessionException(
                    CloseReason.SESSION_INVALID,
                    "session '" + session.get() + "' is its own --parent: give it another name");
        }
        LiveFolders folders = LiveFolders.OF_PROCESS;
        synchronized (folders) {
            Path dir = FolderPath.imagesDir(imagesDir, folders);
            try {
                Optional<Path> parentFolder = parent.map(name -> FolderPath.wholeParent(dir, name));
                Path folder = session.map(name -> FolderPath.make(dir, name, folders)).orElse(dir);
                return enter(dir, folder, parentFolder, folders);
            } catch (SessionException e) {
                folders.unmake(dir);
                throw e;
            }
        }
    }

    /**
     * Claims a folder once more whose images were called whole, but are not to be used: it carries
     * the mark again, for good once it is abandoned.
     *
     * @param folder from an earlier session's {@link #path}
     * @throws SessionException IMAGES_DIR_REFUSED where it is in use, or not whole any more;
     *     NO_SPACE
     */
    public static ImagesFolder reopen(Path folder) {
        LiveFolders folders = LiveFolders.OF_PROCESS;
        synchronized (folders) {
            if (!folders.enter(folder)) {
                throw inUse(folder);
            }
            try {
                return new ImagesFolder(
                        folder, folder, Optional.empty(), FolderClaim.takeAgain(folder));
            } catch (IOException e) {
                throw leave(folder, folders, FolderPath.unusable(folder, e));
            } catch (SessionException e) {
                throw leave(folder, folders, e);
            }
        }
    }

    private static ImagesFolder enter(
            Path dir, Path folder, Optional<Path> parentFolder, LiveFolders folders) {
        if (!folders.enter(folder)) {
            throw inUse(folder);
        }
        try {
            Path topToSync = folders.hasMade(dir) ? dir.getParent() : dir;
            return new ImagesFolder(topToSync, folder, parentFolder, FolderClaim.take(folder));
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

    static SessionException inUse(Path folder) {
        return FolderPath.refused(
                folder, "is in use by another session: wait for it, or give another --session");
    }

    /** The folder, absolute, with no link in it. */
    public Path path() {
        return folder;
    }

    /** The parent's folder, absolute. */
    public Optional<Path> parentPath() {
        return parent;
    }

    /**
     * The parent's folder as seen from this one: the page server's {@code --prev-images-dir}, which
     * it makes the text of the link {@code parent} in this folder.
     */
    public Optional<Path> parentRelative() {
        return parent.map(folder::relativize);
    }

    /** The page server's log, which exists and is empty when the folder has been claimed. */
    public Path logFile() {
        return folder.resolve(LOG_FILE_NAME);
    }

    /**
     * The end of the page server's log, printable ASCII only, lines joined by line feeds.
     *
     * @param maxLines at most so many lines
     * @param maxBytes out of the last so many bytes
     * @return empty where there is nothing to show; so it is after {@link #abandon}
     */
    public String logTail(int maxLines, int maxBytes) {
        return LogTail.of(logFile(), maxLines, maxBytes);
    }

    /** The same of another file in the folder. */
    public String logTail(String fileName, int maxLines, int maxBytes) {
        return LogTail.of(folder.resolve(fileName), maxLines, maxBytes);
    }

    /** Whether the images' file system has run out of space, or the page server says so. */
    public boolean isFull() {
        return DiskSpace.isFull(folder)
                || DiskSpace.saysFull(logTail(FULL_LOG_LINES, FULL_LOG_BYTES));
    }

    /** The images are whole: lets a restore from a user namespace read them. */
    public void openImages() {
        ImageAccess.openImages(folder);
    }

    /** How much is free on the images' file system, in words. */
    public String freeText() {
        return DiskSpace.freeText(folder);
    }

    /**
     * The images have been checked and synced: takes the mark away and gives up the lock.
     *
     * @param sync whether the mark's end is to be durable too
     * @throws SessionException IMAGES_NOT_WHOLE or NO_SPACE where that failed: then the images must
     *     not be called whole, and {@link #abandon} is due
     */
    public synchronized void markComplete(ImagesSync sync) {
        if (state != State.CLAIMED) {
            throw new IllegalStateException("the folder is " + state);
        }
        try {
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
            letGo();
        }
    }

    /**
     * The session failed. Where no image was written, all that the session made is taken away, with
     * the log; otherwise images and log stay, with the mark, in which the reason is written if the
     * disk lets it. To be called once the page server has ended. Never throws; does nothing when
     * the folder was completed or abandoned before.
     *
     * @param why the reason, for whoever finds the folder
     */
    public synchronized void abandon(String why) {
        abandon(why, false);
    }

    /** The same of a folder in which somebody may still write: whatever is there stays. */
    public synchronized void abandonInUse(String why) {
        abandon(why, true);
    }

    private void abandon(String why, boolean inUse) {
        if (state != State.CLAIMED) {
            return;
        }
        state = State.ABANDONED;
        synchronized (LiveFolders.OF_PROCESS) {
            try {
                if (inUse || ImageFiles.anyWritten(folder)) {
                    LiveFolders.OF_PROCESS.keep(folder);
                    mark.write("pageproxy: these images are not whole: " + SafeText.lines(why));
                } else {
                    FolderClaim.clear(folder);
                    mark.delete();
                }
            } catch (IOException theMarkStays) {
                LiveFolders.OF_PROCESS.keep(folder);
            } finally {
                letGo();
                LiveFolders.OF_PROCESS.unmake(folder);
            }
        }
    }

    /** This folder and those above it in which an entry may be new. */
    List<Path> foldersToSync() {
        List<Path> folders = new ArrayList<>();
        for (Path at = folder; !at.equals(topToSync); at = at.getParent()) {
            folders.add(at);
        }
        folders.add(topToSync);
        return folders;
    }

    private void letGo() {
        LiveFolders.OF_PROCESS.leave(folder);
        try {
            mark.release();
        } catch (IOException lockIsGoneAnyway) {
            return;
        }
    }
}
