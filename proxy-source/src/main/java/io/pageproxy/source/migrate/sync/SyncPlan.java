package io.pageproxy.source.migrate.sync;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What is to be copied.
 *
 * @param folders in this order; none lies in another one, here or there
 * @param timeout how long the last pass may take, and how long the first may bring nothing
 * @param compress whether rsync compresses what it sends
 */
public record SyncPlan(List<Folder> folders, Duration timeout, boolean compress) {
    /** Nothing is copied. */
    public static final SyncPlan NONE = new SyncPlan(List.of(), Duration.ZERO, false);

    /** Copies the list. */
    public SyncPlan {
        folders = List.copyOf(folders);
    }

    /**
     * One folder.
     *
     * @param here absolute
     * @param there absolute, at the destination; empty: the bundle of the container
     */
    public record Folder(Path here, Optional<String> there) {}

    /** Whether the bundle of the container is copied. */
    public boolean withBundle() {
        return folders.stream().anyMatch(folder -> folder.there().isEmpty());
    }
}
