package io.pageproxy.dest.images;

import io.pageproxy.session.SessionException;
import io.pageproxy.text.SafeText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Claims an existing folder for a session, and restores it. */
final class FolderClaim {
    private static final Logger LOG = LoggerFactory.getLogger(FolderClaim.class);

    private FolderClaim() {}

    /**
     * Creates and locks the mark, and creates an empty log. A stale mark of a crashed process is
     * taken over if there are no images.
     *
     * @param imagesDir the folder of all sessions, as a real path
     * @param claimant may replace incomplete images and rounds that it has left
     * @throws SessionException IMAGES_DIR_REFUSED if the folder is in use or contains files that
     *     must not be there; everything created is removed then
     */
    static IncompleteMark take(Path imagesDir, Path folder, LiveFolders folders, Claimant claimant)
            throws IOException {
        LeftRounds.remove(imagesDir, folder, folders, claimant);
        if (!IncompleteMark.isIn(folder)) {
            refuseContents(folder, "");
        }
        IncompleteMark mark =
                IncompleteMark.take(folder).orElseThrow(() -> FolderPath.inUse(folder));
        try {
            if (mark.isStale()) {
                if (claimant.mayReplace(mark)) {
                    replace(folder, mark);
                }
                refuseImages(folder, mark.foundText());
                clear(folder);
            }
            refuseContents(folder, mark.foundText());
            mark.write(
                    "pageproxy: a session is writing these images (process "
                            + ProcessHandle.current().pid()
                            + ", since "
                            + Instant.now()
                            + ")",
                    claimant.peer());
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
     * Creates and locks the mark in a folder with complete images.
     *
     * @throws SessionException IMAGES_DIR_REFUSED if the images are no longer complete
     */
    static IncompleteMark takeAgain(Path folder, Optional<String> peer) throws IOException {
        IncompleteMark mark =
                IncompleteMark.take(folder).orElseThrow(() -> FolderPath.inUse(folder));
        try {
            if (mark.isStale()) {
                throw FolderPath.refused(folder, "is not whole any more: " + mark.foundText());
            }
            mark.write(
                    "pageproxy: the session of these images has failed (process "
                            + ProcessHandle.current().pid()
                            + ", since "
                            + Instant.now()
                            + ")",
                    peer);
            return mark;
        } catch (IOException | SessionException e) {
            mark.release();
            throw e;
        }
    }

    private static void replace(Path folder, IncompleteMark mark) throws IOException {
        if (ImageFiles.any(folder, ImageFiles.ANY_GLOB).isEmpty()) {
            return;
        }
        Optional<Path> foreign = Leftovers.remove(folder);
        if (foreign.isPresent()) {
            throw FolderPath.refused(
                    folder,
                    "holds incomplete images of an earlier session and '"
                            + SafeText.name(foreign.get().toString())
                            + "', which is not a session's, so it is not replaced: remove them, or"
                            + " give another --session");
        }
        LOG.info(
                "{}: incomplete images that the same peer had left are replaced; {}",
                folder,
                mark.foundText());
    }

    /**
     * Removes the files of a session that wrote no image: empty images, the log, the link to the
     * parent, and what holds a restore.
     */
    static void clear(Path folder) throws IOException {
        for (Path image : ImageFiles.all(folder, ImageFiles.ANY_GLOB)) {
            Files.deleteIfExists(image);
        }
        Files.deleteIfExists(folder.resolve(ImageFiles.LOG_FILE_NAME));
        HeldInventory.remove(folder);
        Files.deleteIfExists(folder.resolve(ImageFiles.RESTORE_LOG_FILE_NAME));
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
        Path log = folder.resolve(ImageFiles.LOG_FILE_NAME);
        if (ImageFiles.attributes(log).filter(BasicFileAttributes::isDirectory).isPresent()) {
            throw FolderPath.refused(folder, "holds a folder page-server.log: remove it");
        }
        Files.deleteIfExists(log);
        Files.createFile(
                log,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    }
}
