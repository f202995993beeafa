package io.pageproxy.dest.images;

import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Whether images are synced before they are reported as complete. */
public enum ImagesSync {
    /** Everything is synced to disk. */
    DURABLE,
    /** Nothing is synced; for images on a tmpfs, or if a crash of the host does not matter. */
    NONE;

    /** Syncs every image in a folder, not the folder. */
    void syncImages(Path folder) {
        if (this == NONE) {
            return;
        }
        try {
            for (Path image : ImageFiles.all(folder, ImageFiles.ANY_GLOB)) {
                force(image);
            }
        } catch (IOException e) {
            throw failure(folder, e);
        }
    }

    /** Syncs the entries of one folder. */
    void syncFolder(Path folder) {
        syncFile(folder);
    }

    /** Syncs one file. */
    void syncFile(Path file) {
        if (this == NONE) {
            return;
        }
        try {
            force(file);
        } catch (IOException e) {
            throw failure(file, e);
        }
    }

    private static void force(Path path) throws IOException {
        try (FileChannel file =
                FileChannel.open(path, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
            file.force(true);
        }
    }

    private static SessionException failure(Path path, IOException e) {
        return DiskSpace.failure(
                CloseReason.IMAGES_NOT_WHOLE,
                "the images in " + path + " could not be synced to the disk",
                path,
                e);
    }
}
