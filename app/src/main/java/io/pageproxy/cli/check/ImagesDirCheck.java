package io.pageproxy.cli.check;

import io.pageproxy.dest.images.ImageAccess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** Checks {@code --images-dir}: that dest can write it, and its free space. */
final class ImagesDirCheck {
    private static final String SUBJECT = "images folder";

    private ImagesDirCheck() {}

    static Finding run(Path dir) {
        try {
            ImageAccess.requireWritable(dir);
            long freeBytes = Files.getFileStore(dir).getUsableSpace();
            if (freeBytes == 0) {
                return Finding.failed(SUBJECT, "--images-dir " + dir + " is full: make room there");
            }
            return Finding.ok(
                    SUBJECT,
                    dir
                            + ", writable, "
                            + size(freeBytes)
                            + " free"
                            + (ImageAccess.isClosedToOthers(dir)
                                    ? ""
                                    : ", but other users can enter it: chmod 700 it"));
        } catch (IOException e) {
            return Finding.failed(SUBJECT, e.getMessage());
        }
    }

    private static String size(long bytes) {
        double gibibytes = bytes / (double) (1L << 30);
        return gibibytes >= 1
                ? String.format(Locale.ROOT, "%.1f GiB", gibibytes)
                : String.format(Locale.ROOT, "%.1f MiB", bytes / (double) (1L << 20));
    }
}
