package io.pageproxy.dest.images;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * Which users of the host can reach images. Exactly one folder on the way has to be closed to
 * others, normally the images dir; what lies below it can be read by whoever gets there.
 *
 * <p>That is what a restore needs. The tasks of a tree in a user namespace open the images
 * themselves, as users who own nothing outside of their namespace. They get past the closed folder
 * since they open every image relative to a descriptor of the session's folder, which {@code criu
 * restore} opened before it made the namespace. That folder and the images must be open to others.
 *
 * <p>Where no folder above is closed, the topmost folder that is made stays closed itself. Others
 * are kept out then as well, but such a tree cannot be restored from there.
 */
public final class ImageAccess {
    private static final Set<PosixFilePermission> FOLDER_OPEN =
            PosixFilePermissions.fromString("rwxr-xr-x");
    private static final Set<PosixFilePermission> FILE_OPEN =
            PosixFilePermissions.fromString("rw-r--r--");
    private static final int ROOT = 0;

    /** Its owner is the user that this process acts as. */
    private static final Path SELF = Path.of("/proc/self");

    private ImageAccess() {}

    /**
     * Whether that folder or one above it keeps all users out but root and this process's own.
     * Access control lists are covered: what they grant shows in the group's permissions.
     *
     * @throws IOException where one of them cannot be looked at
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

    /** Opens a folder just made for this user only, where one above it is closed. */
    static void openFolder(Path folder) {
        open(folder.getParent(), () -> permit(folder, FOLDER_OPEN));
    }

    /** Opens the page server's images in that folder, where it or one above it is closed. */
    static void openImages(Path folder) {
        open(
                folder,
                () -> {
                    for (Path image : ImageFiles.all(folder, ImageFiles.ANY_GLOB)) {
                        permit(image, FILE_OPEN);
                    }
                });
    }

    /** Opens one file, where its folder or one above that is closed. */
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
            return; // It stays private, and whole: only a tree in a user namespace needs more.
        }
    }

    private static void permit(Path path, Set<PosixFilePermission> permissions) throws IOException {
        Files.getFileAttributeView(path, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                .setPermissions(permissions);
    }
}
