package io.pageproxy.dest.sync;

import io.pageproxy.frame.Frame.Sync;
import io.pageproxy.posix.FolderHandle;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The folders that one migration copies, and the passes of rsync that do so. Passes may begin until
 * {@link #requireComplete}, and none runs after it. Thread-safe.
 */
public final class SyncedFolders {
    /** The most folders of a migration. */
    public static final int MAX_FOLDERS = 16;

    private static final Logger LOG = LoggerFactory.getLogger(SyncedFolders.class);

    private final Permit permit;
    private final SyncedPaths paths;
    private final Map<Path, FolderHandle> folders = new HashMap<>();
    private final Map<Path, Boolean> whole = new HashMap<>();
    private final Set<Pass> running = new HashSet<>();
    private boolean closed;

    /** What a migration may copy. */
    public interface Permit {
        /**
         * The folder that a source may copy into.
         *
         * @param wanted as in {@link Sync#path}
         * @throws SessionException if it may not
         */
        Path require(Optional<String> wanted);

        /** Opens it; blocks. */
        FolderHandle open(Path folder);

        /**
         * Checks what a pass has brought; blocks.
         *
         * @throws SessionException if it is of no use
         */
        void check(Optional<String> copied);

        /** Counts bytes that have come for it; any thread. */
        void count(int bytes);

        /** The id of the migration. */
        String migration();
    }

    /** A pass under way. */
    interface Pass {
        /** Ends it at once; any thread. */
        void stop(CloseReason reason, String message);
    }

    /** Folders of a migration that has just begun. */
    public SyncedFolders(Permit permit, SyncedPaths paths) {
        this.permit = permit;
        this.paths = paths;
    }

    /** What it may copy. */
    Permit permit() {
        return permit;
    }

    /**
     * Begins a pass; blocks.
     *
     * @return a duplicate of the descriptor of its folder, which the caller closes
     * @throws SessionException if it may not, or the folder cannot be opened
     */
    int begin(Sync sync, Pass pass) throws IOException {
        Path path = permit.require(sync.path());
        reserve(path, pass);
        FolderHandle opened = permit.open(path);
        synchronized (this) {
            if (closed) {
                opened.close();
                throw tooLate();
            }
            FolderHandle earlier = folders.putIfAbsent(path, opened);
            if (earlier != null) {
                opened.close();
            }
            return folders.get(path).duplicate();
        }
    }

    private synchronized void reserve(Path path, Pass pass) {
        if (closed) {
            throw tooLate();
        }
        boolean another = !whole.containsKey(path);
        if ((another && whole.size() >= MAX_FOLDERS) || running.size() >= MAX_FOLDERS) {
            throw new SessionException(
                    CloseReason.LIMIT_EXCEEDED,
                    "a migration copies at most " + MAX_FOLDERS + " folders (migrate --sync)");
        }
        paths.reserve(path, this);
        running.add(pass);
        whole.put(path, false);
    }

    private static SessionException tooLate() {
        return new SessionException(
                CloseReason.SESSION_INVALID,
                "files came too late: the migration has all of its files, or is over");
    }

    /**
     * A pass is over.
     *
     * @param sync how it began
     * @param good whether its rsync has succeeded
     */
    synchronized void ended(Sync sync, Pass pass, boolean good) {
        running.remove(pass);
        if (good && sync.last()) {
            whole.put(permit.require(sync.path()), true);
        }
    }

    /**
     * The tree is about to be restored: no pass may begin any more.
     *
     * @throws SessionException TUNNEL_PROTOCOL if the last pass of a folder has not succeeded
     */
    public synchronized void requireComplete() {
        closed = true;
        if (!running.isEmpty() || whole.containsValue(false)) {
            throw new SessionException(
                    CloseReason.TUNNEL_PROTOCOL,
                    "the images came before the last pass of the files was over");
        }
    }

    /** Makes all folders durable, as far as possible: the tree runs already. Blocks. */
    public void sync() {
        for (Map.Entry<Path, FolderHandle> each : copy().entrySet()) {
            try {
                each.getValue().syncFileSystem();
            } catch (IOException e) {
                LOG.warn(
                        "the tree runs, but its files in {} may not be on the disk yet: {}",
                        each.getKey(),
                        e.getMessage());
            }
        }
    }

    private synchronized Map<Path, FolderHandle> copy() {
        return Map.copyOf(folders);
    }

    /** Whether there are any folders. */
    public synchronized boolean any() {
        return !folders.isEmpty();
    }

    /** The migration is over or has failed: ends all passes and gives the folders back. */
    public void close() {
        Set<Pass> left;
        synchronized (this) {
            closed = true;
            left = Set.copyOf(running);
        }
        for (Pass pass : left) {
            pass.stop(CloseReason.SESSION_INVALID, "the migration of these files is over");
        }
        synchronized (this) {
            folders.values().forEach(FolderHandle::close);
            folders.clear();
            paths.giveBack(this);
        }
    }
}
