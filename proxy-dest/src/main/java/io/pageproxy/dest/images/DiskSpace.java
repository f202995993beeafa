package io.pageproxy.dest.images;

import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/** Distinguishes a full disk from other failures. */
final class DiskSpace {
    /** A file system with less usable space counts as full. */
    static final long FULL_BELOW_BYTES = 64 * 1024;

    /** Messages of ENOSPC and EDQUOT, in our exceptions and in the page server's log. */
    private static final List<String> FULL_TEXTS =
            List.of("No space left on device", "Disk quota exceeded");

    private DiskSpace() {}

    /** Whether a text reports that space or quota has run out. */
    static boolean saysFull(String text) {
        return text != null && FULL_TEXTS.stream().anyMatch(text::contains);
    }

    /** Whether the file system of a path is almost full; false if this cannot be determined. */
    static boolean isFull(Path path) {
        try {
            return usableBytes(path) < FULL_BELOW_BYTES;
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * Requires room for the pages that a source expects to send.
     *
     * @param folder on the images' file system; may not exist yet
     * @throws SessionException NO_SPACE if there is not enough
     */
    static void require(Path folder, long expectedBytes) {
        try {
            long usable = usableBytes(folder);
            if (usable < expectedBytes) {
                throw new SessionException(
                        CloseReason.NO_SPACE,
                        "the source expects to send "
                                + expectedBytes
                                + " bytes of pages, and "
                                + folder
                                + " has "
                                + usable
                                + " bytes free: make room there, or give another --images-dir, or"
                                + " --no-space-check if its file system compresses;"
                                + " nothing was frozen");
            }
        } catch (IOException unknown) {
            return; // It is noticed when they are written.
        }
    }

    /** Describes the free space of the file system of a path. */
    static String freeText(Path path) {
        try {
            return usableBytes(path) + " bytes free";
        } catch (IOException e) {
            return "free space unknown";
        }
    }

    /**
     * Converts an I/O failure on a path into an exception: NO_SPACE if that is the cause, otherwise
     * with the given reason.
     */
    static SessionException failure(CloseReason reason, String what, Path path, IOException e) {
        String cause = causeOf(e);
        if (saysFull(cause) || isFull(path)) {
            return new SessionException(
                    CloseReason.NO_SPACE,
                    what + ": " + cause + " (" + freeText(path) + "): make room there");
        }
        return new SessionException(reason, what + ": " + cause);
    }

    private static String causeOf(IOException e) {
        if (e instanceof AccessDeniedException) {
            return "permission denied for " + e.getMessage();
        }
        if (e instanceof NoSuchFileException) {
            return "there is no " + e.getMessage();
        }
        return String.valueOf(e.getMessage());
    }

    private static long usableBytes(Path path) throws IOException {
        return Files.getFileStore(path).getUsableSpace();
    }
}
