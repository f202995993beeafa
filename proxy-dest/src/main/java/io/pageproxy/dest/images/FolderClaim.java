package io.pageproxy.dest.images;

import io.pageproxy.session.SessionException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Optional;

/** Takes possession of a folder that exists, and gives it back as it was. */
final class FolderClaim {
    private FolderClaim() {}

    /**
     * Marks the folder, locks the mark, and makes an empty log. A mark that a crashed process left
     * is taken over where there are no images.
     *
     * @throws SessionException IMAGES_DIR_REFUSED where the folder is in use or holds what must not
     *     be there; what was made is gone then
     */
    static IncompleteMark take(Path folder) throws IOException {
        if (!IncompleteMark.isIn(folder)) {
            refuseContents(folder, "");
        }
        IncompleteMark mark =
                IncompleteMark.take(folder).orElseThrow(() -> ImagesFolder.inUse(folder));
        try {
            if (mark.isStale()) {
                refuseImages(folder, mark.foundText());
                clear(folder);
            }
            refuseContents(folder, mark.foundText());
            mark.write(
                    "pageproxy: a session is writing these images (process "
                            + ProcessHandle.current().pid()
                            + ", since "
                            + Instant.now()
                            + ")");
            makeLog(folder);
            return mark;
        } catch (IOException | SessionException e) {
            if (!mark.isStale()) {
                mark.delete();
            }
            mark.release();
            throw e;
        }
    }

    /**
     * Marks a folder that holds whole images, and locks the mark.
     *
     * @throws SessionException IMAGES_DIR_REFUSED where they are not whole any more
     */
    static IncompleteMark takeAgain(Path folder) throws IOException {
        IncompleteMark mark =
                IncompleteMark.take(folder).orElseThrow(() -> ImagesFolder.inUse(folder));
        try {
            if (mark.isStale()) {
                throw FolderPath.refused(folder, "is not whole any more: " + mark.foundText());
            }
            mark.write(
                    "pageproxy: the session of these images has failed (process "
                            + ProcessHandle.current().pid()
                            + ", since "
                            + Instant.now()
                            + ")");
            return mark;
        } catch (IOException | SessionException e) {
            mark.release();
            throw e;
        }
    }

    /**
     * Takes away what a session leaves that wrote no image: images of no bytes, the log, the link
     * to the parent.
     */
    static void clear(Path folder) throws IOException {
        for (Path image : ImageFiles.all(folder, ImageFiles.ANY_GLOB)) {
            Files.deleteIfExists(image);
        }
        Files.deleteIfExists(folder.resolve(ImagesFolder.LOG_FILE_NAME));
        Path parentLink = folder.resolve(ImageFiles.PARENT_LINK);
        if (Files.isSymbolicLink(parentLink)) {
            Files.delete(parentLink);
        }
    }

    private static void refuseContents(Path folder, String foundText) throws IOException {
        refuseImages(folder, foundText);
        if (ImageFiles.attributes(folder.resolve(ImageFiles.PARENT_LINK)).isPresent()) {
            throw FolderPath.refused(
                    folder,
                    "holds a 'parent' already, which the page server would follow: remove it, and"
                            + " name the parent with --parent");
        }
    }

    private static void refuseImages(Path folder, String foundText) throws IOException {
        Optional<Path> image = ImageFiles.any(folder, ImageFiles.ANY_GLOB);
        if (image.isPresent()) {
            throw FolderPath.refused(
                    folder,
                    "holds images already ("
                            + image.get().getFileName()
                            + (foundText.isEmpty() ? "" : "; its mark says: " + foundText)
                            + "): remove them, or give another --session");
        }
    }

    private static void makeLog(Path folder) throws IOException {
        Path log = folder.resolve(ImagesFolder.LOG_FILE_NAME);
        if (ImageFiles.attributes(log).filter(BasicFileAttributes::isDirectory).isPresent()) {
            throw FolderPath.refused(folder, "holds a folder page-server.log: remove it");
        }
        Files.deleteIfExists(log);
        Files.createFile(
                log,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    }
}
