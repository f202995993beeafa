package io.pageproxy.dest.sync;

import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** The folders into which migrations copy now: none lies in one of another. Thread-safe. */
public final class SyncedPaths {
    private final Map<Path, Object> owners = new HashMap<>();

    /**
     * Reserves a folder for a migration; does nothing if it has it already.
     *
     * @param owner the migration; compared by identity
     * @throws SessionException SESSION_INVALID if it lies in one that is reserved, or holds one
     */
    synchronized void reserve(Path path, Object owner) {
        for (Map.Entry<Path, Object> other : owners.entrySet()) {
            boolean same = other.getKey().equals(path);
            boolean overlaps = path.startsWith(other.getKey()) || other.getKey().startsWith(path);
            if (overlaps && !(same && other.getValue() == owner)) {
                throw new SessionException(
                        CloseReason.SESSION_INVALID,
                        "files are being copied into "
                                + other.getKey()
                                + " at the destination, so that "
                                + path
                                + " is taken: name folders of which none holds another, or try"
                                + " again when that migration is over");
            }
        }
        owners.put(path, owner);
    }

    /** Gives back all folders of a migration. */
    synchronized void giveBack(Object owner) {
        owners.values().removeIf(other -> other == owner);
    }
}
