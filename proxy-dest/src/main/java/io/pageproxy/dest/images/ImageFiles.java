package io.pageproxy.dest.images;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Names of the images of CRIU's page server, and searches for them in a folder. */
public final class ImageFiles {
    /** The page server's log in the folder. */
    static final String LOG_FILE_NAME = "page-server.log";

    /** Log of a restore. */
    public static final String RESTORE_LOG_FILE_NAME = "restore.log";

    static final String MARK_FILE_NAME = ".incomplete";

    /** Everything that a page server writes, except for the link to the parent's folder. */
    static final String ANY_GLOB = "{pages,pagemap}-*.img";

    private static final String SESSION_GLOB =
            "{" + MARK_FILE_NAME + "," + LOG_FILE_NAME + ",*.img}";

    static final String PAGEMAP_GLOB = "pagemap-*.img";

    public static final String PAGES_GLOB = "pages-*.img";

    /** The link to the parent's folder ({@code CR_PARENT_LINK}). */
    static final String PARENT_LINK = "parent";

    private ImageFiles() {}

    /** Returns the name of a pages image. */
    public static String pagesFileName(long pagesId) {
        return "pages-" + pagesId + ".img";
    }

    /** A predicate on files. */
    @FunctionalInterface
    interface FileTest {
        boolean test(Path file) throws IOException;
    }

    /** Returns the first matching file in a folder that passes a test. */
    static Optional<Path> first(Path folder, String glob, FileTest test) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, glob)) {
            for (Path file : files) {
                if (test.test(file)) {
                    return Optional.of(file);
                }
            }
            return Optional.empty();
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
    }

    /** Returns any matching file in a folder. */
    static Optional<Path> any(Path folder, String glob) throws IOException {
        return first(folder, glob, file -> true);
    }

    /** Returns all matching files in a folder. */
    public static List<Path> all(Path folder, String glob) throws IOException {
        List<Path> all = new ArrayList<>();
        first(folder, glob, file -> !all.add(file));
        return all;
    }

    /** Whether any image in a folder is not empty. */
    static boolean anyWritten(Path folder) throws IOException {
        return first(
                        folder,
                        ANY_GLOB,
                        file -> attributes(file).map(a -> a.size() > 0).orElse(false))
                .isPresent();
    }

    /** Whether a folder belongs or belonged to a session: it contains a mark, a log or images. */
    static boolean isOfSession(Path folder) throws IOException {
        return any(folder, SESSION_GLOB).isPresent();
    }

    /** Returns the attributes of a path without following a link; empty if it does not exist. */
    static Optional<BasicFileAttributes> attributes(Path path) throws IOException {
        try {
            return Optional.of(
                    Files.readAttributes(
                            path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }
}
