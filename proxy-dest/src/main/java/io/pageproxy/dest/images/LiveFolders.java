package io.pageproxy.dest.images;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.Set;

/**
 * The images folders that are in use in this process, and the folders it created for active
 * sessions. There is one instance per process, because the locks on the marks belong to the
 * process: they do not separate two sessions of one process, and opening a mark twice would unlock
 * it.
 *
 * <p>Every method is called with this object's monitor held, so that no session creates a folder
 * while another removes its empty parent.
 */
final class LiveFolders {
    /** The instance of this process. */
    static final LiveFolders OF_PROCESS = new LiveFolders();

    private final Set<Path> live = new HashSet<>();
    private final Set<Path> made = new HashSet<>();

    private LiveFolders() {}

    /** Marks a folder as in use; returns false if it already is. */
    boolean enter(Path folder) {
        return live.add(folder);
    }

    /** Whether a session of this process uses a folder. */
    boolean isLive(Path folder) {
        return live.contains(folder);
    }

    /** Marks a folder as no longer in use. */
    void leave(Path folder) {
        live.remove(folder);
    }

    /** Creates a folder that only this user can reach, see {@link ImageAccess}. */
    void make(Path folder) throws IOException {
        Files.createDirectory(
                folder,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        made.add(folder);
        ImageAccess.openFolder(folder);
    }

    /** Whether this process created a folder for a session that is still active. */
    boolean hasMade(Path folder) {
        return made.contains(folder);
    }

    /** Keeps a folder and its parents because they now contain images. */
    void keep(Path folder) {
        for (Path above = folder; above != null; above = above.getParent()) {
            made.remove(above);
        }
    }

    /** Removes a folder and its parents as far as this process created them and they are empty. */
    void unmake(Path folder) {
        for (Path above = folder; made.contains(above); above = above.getParent()) {
            try {
                Files.deleteIfExists(above);
            } catch (IOException notEmptyOrNotOurs) {
                return;
            }
            made.remove(above);
        }
    }
}
