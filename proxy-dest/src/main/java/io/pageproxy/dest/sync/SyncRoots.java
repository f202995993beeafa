package io.pageproxy.dest.sync;

import io.pageproxy.posix.FolderHandle;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import io.pageproxy.text.FailureText;
import io.pageproxy.text.SafeText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;

/**
 * The folders below which sources may copy files.
 *
 * @param folders absolute; none: no files are taken
 */
public record SyncRoots(List<Path> folders) {
    /** No files are taken. */
    public static final SyncRoots NONE = new SyncRoots(List.of());

    /** Copies the list. */
    public SyncRoots {
        folders = List.copyOf(folders);
    }

    /** Whether any files are taken. */
    public boolean any() {
        return !folders.isEmpty();
    }

    /**
     * Checks that a source may copy into that folder.
     *
     * @param wanted what the source has named
     * @param granted the folders of which one must hold it as well; empty: the policy has no say
     * @return the folder, absolute and normal
     * @throws SessionException SESSION_NOT_ALLOWED
     */
    public Path require(String wanted, Optional<List<Path>> granted) {
        Path path = parse(wanted);
        if (rootOf(path).isEmpty()) {
            throw notAllowed(
                    wanted, "it is below none of the folders that --sync-root of dest names");
        }
        if (granted.isPresent() && granted.get().stream().noneMatch(path::startsWith)) {
            throw notAllowed(
                    wanted,
                    "it is below none of this peer's sync-roots in the destination's --policy");
        }
        return path;
    }

    private static Path parse(String wanted) {
        try {
            Path path = Path.of(wanted);
            if (path.isAbsolute() && path.normalize().toString().equals(wanted)) {
                return path;
            }
        } catch (InvalidPathException e) {
            // The same as one that is not normal.
        }
        throw notAllowed(wanted, "it is not an absolute path without . and ..");
    }

    /** The innermost root that holds it and is not it. */
    private Optional<Path> rootOf(Path path) {
        return folders.stream()
                .filter(root -> path.startsWith(root) && !path.equals(root))
                .max((one, other) -> Integer.compare(one.getNameCount(), other.getNameCount()));
    }

    private static SessionException notAllowed(String wanted, String why) {
        return new SessionException(
                CloseReason.SESSION_NOT_ALLOWED,
                "the destination takes no files into '" + SafeText.line(wanted) + "': " + why);
    }

    /**
     * Opens a folder that {@link #require} has returned, and makes it if it is missing. No link on
     * the way is followed. Blocks.
     *
     * @throws SessionException if that is not possible
     */
    public FolderHandle open(Path path) {
        return walk(path, true);
    }

    /**
     * Opens as much of the way to that folder as there is, like {@link #open}, and makes nothing.
     * Blocks.
     *
     * @throws SessionException if that is not possible
     */
    public FolderHandle openExisting(Path path) {
        return walk(path, false);
    }

    private FolderHandle walk(Path path, boolean make) {
        Path root = rootOf(path).orElseThrow();
        FolderHandle folder = null;
        try {
            folder = FolderHandle.open(root);
            for (Path name : root.relativize(path)) {
                FolderHandle parent = folder;
                boolean missing =
                        !Files.exists(parent.path().resolve(name), LinkOption.NOFOLLOW_LINKS);
                if (missing && !make) {
                    return parent;
                }
                folder = missing ? made(parent, name.toString()) : parent.below(name.toString());
                parent.close();
            }
            return folder;
        } catch (IOException e) {
            if (folder != null) {
                folder.close();
            }
            throw new SessionException(
                    CloseReason.SESSION_NOT_ALLOWED,
                    "the folder "
                            + SafeText.line(path.toString())
                            + " cannot be opened at the destination, where no link on the way is"
                            + " followed: "
                            + FailureText.of(e));
        }
    }

    private static FolderHandle made(FolderHandle parent, String name) throws IOException {
        Files.createDirectory(parent.path().resolve(name));
        FolderHandle folder = parent.below(name);
        Files.setPosixFilePermissions(folder.path(), PosixFilePermissions.fromString("rwxr-xr-x"));
        return folder;
    }
}
