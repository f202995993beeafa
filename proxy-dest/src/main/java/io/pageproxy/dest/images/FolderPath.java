package io.pageproxy.dest.images;

import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import io.pageproxy.session.SessionName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Resolves the images dir and a session's name to a folder, without following links below the
 * images dir.
 */
final class FolderPath {
    /** Names that a session may have; excludes the lost+found of a file system's root. */
    private static final Pattern SESSION = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*");

    private FolderPath() {}

    /** Returns the images dir; creates it if only its last component is missing. */
    static Path imagesDir(Path imagesDir, LiveFolders folders) {
        Path dir = imagesDir.toAbsolutePath().normalize();
        try {
            if (Files.notExists(dir, LinkOption.NOFOLLOW_LINKS)) {
                dir = dir.getParent().toRealPath().resolve(dir.getFileName());
                folders.make(dir);
            }
            Path real = dir.toRealPath();
            if (!Files.isDirectory(real)) {
                throw refused(dir, "is not a folder: give another --images-dir");
            }
            return real;
        } catch (IOException e) {
            throw unusable(dir, e);
        }
    }

    /**
     * Returns the session's folder below the images dir; creates it and its missing parents. None
     * of its parents may be a session's folder, because that session's page server, restore and
     * migration choose file names there.
     */
    static Path make(Path realImagesDir, SessionName session, LiveFolders folders) {
        Path folder = realImagesDir;
        for (String segment : session.segments()) {
            Path above = folder;
            folder = above.resolve(segment);
            try {
                if (!above.equals(realImagesDir)) {
                    refuseWithinSession(above, folders);
                }
                if (folderAttributes(folder).isEmpty()) {
                    folders.make(folder);
                }
            } catch (IOException e) {
                folders.unmake(above);
                throw unusable(folder, e);
            } catch (SessionException e) {
                folders.unmake(above);
                throw e;
            }
        }
        try {
            refuseSessionsWithin(folder);
            return folder;
        } catch (IOException e) {
            throw unusable(folder, e);
        }
    }

    private static void refuseWithinSession(Path above, LiveFolders folders) throws IOException {
        if (folders.isLive(above) || ImageFiles.isOfSession(above)) {
            throw refused(
                    above,
                    "belongs to another session, and session folders cannot be nested: give"
                            + " another --session");
        }
    }

    private static void refuseSessionsWithin(Path folder) throws IOException {
        Optional<Path> within =
                ImageFiles.first(
                        folder,
                        "*",
                        entry ->
                                SESSION.matcher(entry.getFileName().toString()).matches()
                                        && ImageFiles.attributes(entry)
                                                .map(BasicFileAttributes::isDirectory)
                                                .orElse(false));
        if (within.isPresent()) {
            throw refused(
                    folder,
                    "holds the folder '"
                            + within.get().getFileName()
                            + "', and session folders cannot be nested: remove it, or give"
                            + " another --session");
        }
    }

    /** Another session uses the folder. */
    static SessionException inUse(Path folder) {
        return refused(
                folder, "is in use by another session: wait for it, or give another --session");
    }

    /**
     * Returns the folder of the parent session, whose images must be complete, and not a round of
     * another migration than the claimant's.
     */
    static Path completeParent(Path realImagesDir, SessionName parent, Claimant claimant) {
        Path folder = realImagesDir;
        try {
            for (String segment : parent.segments()) {
                folder = folder.resolve(segment);
                if (folderAttributes(folder).isEmpty()) {
                    throw refused(folder, "does not exist: --parent names a session dumped before");
                }
            }
            if (IncompleteMark.isIn(folder)) {
                throw refused(
                        folder,
                        "is not whole ("
                                + ImageFiles.MARK_FILE_NAME
                                + " is in it): wait for its session, or give another --parent");
            }
            if (ImageFiles.any(folder, ImageFiles.PAGEMAP_GLOB).isEmpty()) {
                throw refused(folder, "holds no pagemap images: give another --parent");
            }
            if (claimant.migration().isPresent()
                    && RoundMark.in(folder).isPresent()
                    && !RoundMark.in(folder).equals(claimant.roundMark())) {
                throw refused(
                        folder,
                        "is a round of another migration, which has replaced this one's: give"
                                + " another --session");
            }
            return folder;
        } catch (IOException e) {
            throw unusable(folder, e);
        }
    }

    private static Optional<BasicFileAttributes> folderAttributes(Path folder) throws IOException {
        Optional<BasicFileAttributes> attributes = ImageFiles.attributes(folder);
        if (attributes.filter(BasicFileAttributes::isSymbolicLink).isPresent()) {
            throw refused(folder, "is a symbolic link, which sessions do not follow: remove it");
        }
        if (attributes.filter(found -> !found.isDirectory()).isPresent()) {
            throw refused(folder, "is not a folder: remove it or give another --session");
        }
        return attributes;
    }

    static SessionException refused(Path folder, String reasonAndRemedy) {
        return new SessionException(
                CloseReason.IMAGES_DIR_REFUSED, "images folder " + folder + " " + reasonAndRemedy);
    }

    static SessionException unusable(Path folder, IOException e) {
        return DiskSpace.failure(
                CloseReason.IMAGES_DIR_REFUSED,
                "images folder "
                        + folder
                        + " cannot be created or written by user "
                        + System.getProperty("user.name"),
                existingAbove(folder),
                e);
    }

    private static Path existingAbove(Path folder) {
        Path above = folder;
        while (above.getParent() != null && Files.notExists(above)) {
            above = above.getParent();
        }
        return above;
    }
}
