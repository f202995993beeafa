package io.pageproxy.dest.images;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.Set;

/**
 * The images folders in use in this process, and the folders that it made for sessions which are
 * still under way. One for the whole process, since the locks on the marks are the process's: they
 * do not keep two sessions of one process apart, and looking at a mark twice would unlock it.
 *
 * <p>Every method is called with this object's monitor held, so that no session makes a folder
 * while another takes away the empty one above it.
 */
final class LiveFolders {
    /** The only one. */
    static final LiveFolders OF_PROCESS = new LiveFolders();

    private final Set<Path> live = new HashSet<>();
    private final Set<Path> made = new HashSet<>();

    private LiveFolders() {}

    /** Takes a folder into use; false where it is in use already. */
    boolean enter(Path folder) {
        return live.add(folder);
    }

    /** Whether a session of this process uses the folder. */
    boolean isLive(Path folder) {
        return live.contains(folder);
    }

    /** The folder is no longer in use. */
    void leave(Path folder) {
        live.remove(folder);
    }

    /** Makes a folder that only this user can enter, or get to: see {@link ImageAccess}. */
    void make(Path folder) throws IOException {
        Files.createDirectory(
                folder,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        made.add(folder);
        ImageAccess.openFolder(folder);
    }

    /** Whether this process made the folder, for a session that is still under way. */
    boolean hasMade(Path folder) {
        return made.contains(folder);
    }

    /** The folder and those above it hold images now: they stay. */
    void keep(Path folder) {
        for (Path above = folder; above != null; above = above.getParent()) {
            made.remove(above);
        }
    }

    /** Takes the folder away and those above it, as far up as this process made them and empty. */
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
