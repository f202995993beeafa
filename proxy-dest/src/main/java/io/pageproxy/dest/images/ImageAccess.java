package io.pageproxy.dest.images;

import io.pageproxy.text.FailureText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * Controls which users of the host can reach images. Exactly one folder on the path, normally the
 * images dir, must be closed to other users; everything below is readable by whoever gets there.
 *
 * <p>A restore requires this. The tasks of a tree in a user namespace open the images themselves,
 * as users without rights outside their namespace. They pass the closed folder because they open
 * every image relative to a descriptor of the session's folder that {@code criu restore} opened
 * before it created the namespace. Therefore that folder and the images must be open to others.
 *
 * <p>If no folder above is closed, the topmost folder that is created remains closed itself. Other
 * users are kept out then as well, but a tree in a user namespace cannot be restored from there.
 */
public final class ImageAccess {
    private static final Set<PosixFilePermission> FOLDER_OPEN =
            PosixFilePermissions.fromString("rwxr-xr-x");
    private static final Set<PosixFilePermission> FILE_OPEN =
            PosixFilePermissions.fromString("rw-r--r--");
    private static final int ROOT = 0;

    /** Owned by this process's effective user. */
    private static final Path SELF = Path.of("/proc/self");

    private ImageAccess() {}

    /**
     * Rejects an images dir that is missing or cannot be written.
     *
     * @throws IOException with a message that names {@code --images-dir}, the folder and the remedy
     */
    public static void requireWritable(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            throw new IOException("--images-dir " + folder + " is not a folder: make it first");
        }
        try {
            Path probe = folder.resolve(".pageproxy-check-" + ProcessHandle.current().pid());
            Files.deleteIfExists(probe);
            Files.delete(Files.createFile(probe));
        } catch (IOException e) {
            throw new IOException(
                    "--images-dir "
                            + folder
                            + " cannot be written by user "
                            + System.getProperty("user.name")
                            + " ("
                            + FailureText.of(e)
                            + "): change its owner or mode, or make room (root has no more rights"
                            + " here than others; see PAGEPROXY_KEEP_CAPABILITIES in"
                            + " docs/how-to/unprivileged.md)",
                    e);
        }
    }

    /**
     * Whether a folder or one of its parents is inaccessible to all users but root and this
     * process's own. Access control lists are covered, because their grants appear in the group
     * permissions.
     *
     * @throws IOException if one of them cannot be examined
     */
    public static boolean isClosedToOthers(Path folder) throws IOException {
        for (Path at = folder.toRealPath(); at != null; at = at.getParent()) {
            Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(at);
            if (!permissions.contains(PosixFilePermission.GROUP_EXECUTE)
                    && !permissions.contains(PosixFilePermission.OTHERS_EXECUTE)
                    && isOwn(at)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isOwn(Path folder) throws IOException {
        Object owner = Files.getAttribute(folder, "unix:uid");
        return owner.equals(ROOT) || owner.equals(Files.getAttribute(SELF, "unix:uid"));
    }

    /** Opens a new, private folder to others if one of its parents is closed. */
    static void openFolder(Path folder) {
        open(folder.getParent(), () -> permit(folder, FOLDER_OPEN));
    }

    /**
     * Opens the page server's images in a folder to others if the folder or one of its parents is
     * closed.
     */
    static void openImages(Path folder) {
        open(
                folder,
                () -> {
                    for (Path image : ImageFiles.all(folder, ImageFiles.ANY_GLOB)) {
                        permit(image, FILE_OPEN);
                    }
                });
    }

    /** Opens a file to others if its folder or one of its parents is closed. */
    static void openFile(Path file) {
        open(file.getParent(), () -> permit(file, FILE_OPEN));
    }

    private interface Change {
        void make() throws IOException;
    }

    private static void open(Path belowClosed, Change change) {
        try {
            if (isClosedToOthers(belowClosed)) {
                change.make();
            }
        } catch (IOException fileSystemHasNoModes) {
            return; // The file stays private but complete; only a tree in a user namespace needs
            // more.
        }
    }

    private static void permit(Path path, Set<PosixFilePermission> permissions) throws IOException {
        Files.getFileAttributeView(path, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                .setPermissions(permissions);
    }
}
