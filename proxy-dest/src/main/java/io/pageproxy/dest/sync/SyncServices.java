package io.pageproxy.dest.sync;

import io.pageproxy.process.ChildLauncher;

/**
 * What copies the files of all migrations.
 *
 * @param roots where files may go
 * @param paths where files go now
 * @param launcher starts rsync
 */
public record SyncServices(SyncRoots roots, SyncedPaths paths, ChildLauncher launcher) {
    /** Takes no files. */
    public static final SyncServices NONE =
            new SyncServices(
                    SyncRoots.NONE,
                    spec -> {
                        throw new IllegalStateException("no files are taken");
                    });

    /** No files go anywhere yet. */
    public SyncServices(SyncRoots roots, ChildLauncher launcher) {
        this(roots, new SyncedPaths(), launcher);
    }
}
