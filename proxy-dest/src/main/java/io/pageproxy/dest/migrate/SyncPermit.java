package io.pageproxy.dest.migrate;

import io.pageproxy.dest.policy.SessionGrant;
import io.pageproxy.dest.restore.Restores;
import io.pageproxy.dest.sync.SyncRoots;
import io.pageproxy.dest.sync.SyncedFolders;
import io.pageproxy.frame.Frame.Attach;
import io.pageproxy.posix.FolderHandle;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.IntConsumer;

/**
 * Which files one migration may copy. Who may restore trees of one user alone may copy none: files
 * have owners too, and a program of root's with the set-user-ID bit would make that user root.
 *
 * @param attach what the source asked for
 * @param grant what the source may do
 * @param roots where files may go
 * @param restores what restores the tree
 * @param counter counts bytes; any thread
 */
public record SyncPermit(
        Attach attach, SessionGrant grant, SyncRoots roots, Restores restores, IntConsumer counter)
        implements SyncedFolders.Permit {

    /** Whether it may copy any. */
    public boolean any() {
        return attach.restore() && grant.restoreUser().isEmpty() && roots.any();
    }

    @Override
    public Path require(Optional<String> wanted) {
        if (!any()) {
            throw notAllowed(
                    "the destination takes no files of this migration: it needs --sync-root, and a"
                            + " restore that is not one of a single user (restore-user)");
        }
        return roots.require(wanted.orElseGet(this::bundle), grant.syncRoots());
    }

    private String bundle() {
        return restores.bundle()
                .map(Path::toString)
                .orElseThrow(
                        () ->
                                notAllowed(
                                        "a bundle was to be copied, but no container of runc"
                                                + " moves"));
    }

    private static SessionException notAllowed(String why) {
        return new SessionException(CloseReason.SESSION_NOT_ALLOWED, why);
    }

    @Override
    public FolderHandle open(Path folder) {
        return roots.open(folder);
    }

    /**
     * Opens as much of the way to a folder as there is, and makes nothing; blocks.
     *
     * @param folder from {@link #require}
     * @throws SessionException if it could not be opened
     */
    public FolderHandle openExisting(Path folder) {
        return roots.openExisting(folder);
    }

    /** A bundle that cannot be restored is found out before the container is frozen. */
    @Override
    public void check(Optional<String> copied) {
        if (copied.isEmpty()) {
            restores.requirePossible(false);
        }
    }

    @Override
    public void count(int bytes) {
        counter.accept(bytes);
    }

    @Override
    public String migration() {
        return attach.migration().orElse("-");
    }
}
