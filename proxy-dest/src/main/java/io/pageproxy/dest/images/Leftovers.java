package io.pageproxy.dest.images;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Removes what a session has left in its folder. Only files that a session, its page server and its
 * restore make are removed, relative to the opened folder, so that no link leads elsewhere. If
 * anything else is there, nothing is removed.
 */
final class Leftovers {
    private static final Pattern OURS =
            Pattern.compile(
                    "[A-Za-z0-9][A-Za-z0-9._+@-]*\\.img|\\.adding-[0-9]+|stats-(dump|restore)"
                            + "|(page-server|restore|lazy-pages)\\.log|restore\\.pid"
                            + "|lazy-pages\\.socket|"
                            + AddedFiles.DESCRIPTORS
                            + "|"
                            + Pattern.quote(ExpiredImages.SIGNATURE_FILE_NAME)
                            + "|"
                            + Pattern.quote(RoundMark.FILE_NAME));

    private Leftovers() {}

    /**
     * Removes everything but the mark.
     *
     * @return the entry that is not a session's, if there is one; nothing was removed then
     */
    static Optional<Path> remove(Path folder) throws IOException {
        try (DirectoryStream<Path> above = Files.newDirectoryStream(folder.getParent())) {
            if (!(above instanceof SecureDirectoryStream<Path> secure)) {
                throw new IOException("the file system cannot open folders without links");
            }
            try (SecureDirectoryStream<Path> inside =
                    secure.newDirectoryStream(folder.getFileName(), LinkOption.NOFOLLOW_LINKS)) {
                return remove(inside);
            }
        }
    }

    private static Optional<Path> remove(SecureDirectoryStream<Path> folder) throws IOException {
        List<Path> names = new ArrayList<>();
        try {
            for (Path entry : folder) {
                Path name = entry.getFileName();
                if (name.toString().equals(ImageFiles.MARK_FILE_NAME)) {
                    continue;
                }
                if (!isOfSession(folder, name)) {
                    return Optional.of(name);
                }
                names.add(name);
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        for (Path name : names) {
            folder.deleteFile(name);
        }
        return Optional.empty();
    }

    private static boolean isOfSession(SecureDirectoryStream<Path> folder, Path name)
            throws IOException {
        BasicFileAttributes attributes =
                folder.getFileAttributeView(
                                name, BasicFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                        .readAttributes();
        if (name.toString().equals(ImageFiles.PARENT_LINK)) {
            return attributes.isSymbolicLink();
        }
        return OURS.matcher(name.toString()).matches()
                && (attributes.isRegularFile() || attributes.isOther());
    }
}
