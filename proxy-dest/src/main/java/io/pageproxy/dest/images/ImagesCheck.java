package io.pageproxy.dest.images;

import io.pageproxy.dest.pagemap.PagemapException;
import io.pageproxy.dest.pagemap.PagemapReader;
import io.pageproxy.dest.pagemap.RunsDigest;
import io.pageproxy.dest.pagemap.RunsSummary;
import io.pageproxy.pagestream.ImageId;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Compares the images on disk with what the stream carried. A page server's exit code 0 proves
 * nothing, because it replies before flushing its last image and ignores errors of that flush; this
 * check must pass before the dumper is told success and kills its tasks.
 */
public final class ImagesCheck {
    private final ImagesFolder folder;
    private final ImagesLedger ledger;
    private final PagemapReader reader = new PagemapReader();

    private ImagesCheck(ImagesFolder folder, ImagesLedger ledger) {
        this.folder = folder;
        this.ledger = ledger;
    }

    /**
     * Checks every image: its pagemap contains exactly the ranges that the stream carried for it;
     * its pages image has the matching length; pages that refer to the parent have a pagemap there;
     * no two images share their pages; and there are no other images. Blocking; call it once the
     * page server has ended.
     *
     * @throws SessionException IMAGES_NOT_WHOLE, or NO_SPACE if the disk is full
     */
    public static ImagesVerdict verify(ImagesFolder folder, ImagesLedger ledger) {
        return new ImagesCheck(folder, ledger).verifyAll();
    }

    private ImagesVerdict verifyAll() {
        Map<ImageId, RunsSummary> images = ledger.images();
        long[] pagesIds = new long[images.size()];
        int checked = 0;
        long pages = 0;
        for (Map.Entry<ImageId, RunsSummary> image : images.entrySet()) {
            pagesIds[checked++] = verifyImage(image.getKey(), image.getValue());
            pages += image.getValue().presentPages();
        }
        refuseSharedPages(pagesIds);
        refuseUnknownPagemaps(images.keySet());
        return new ImagesVerdict(images.size(), pages, pages * ledger.pageSizeBytes());
    }

    /** Checks one image and returns its pages_id. */
    private long verifyImage(ImageId image, RunsSummary expected) {
        String name = image.pagemapFileName();
        String carried = "the stream carried " + expected + " for " + image;
        if (regularFileBytes(name, carried) == 0) {
            throw notWhole(name + " is empty: " + carried);
        }
        RunsDigest runs = new RunsDigest(ledger.pageSizeBytes());
        long pagesId = readPagemap(name, runs, carried);
        RunsSummary found = runs.finish();
        if (!found.equals(expected)) {
            throw notWhole(name + " holds " + differing(found, expected) + ": " + carried);
        }
        verifyPages(ImageFiles.pagesFileName(pagesId), name, expected.presentPages());
        if (expected.parentPages() > 0) {
            verifyParent(name, carried);
        }
        return pagesId;
    }

    private long readPagemap(String name, RunsDigest runs, String carried) {
        try {
            return reader.read(folder.path().resolve(name), runs);
        } catch (PagemapException e) {
            throw notWhole(e.getMessage() + ": " + carried);
        } catch (IOException e) {
            throw unreadable(name, e);
        }
    }

    private static String differing(RunsSummary found, RunsSummary expected) {
        return found.toString().equals(expected.toString())
                ? "as many, but at other addresses or with other flags"
                : found.toString();
    }

    private void verifyPages(String pagesName, String pagemapName, long presentPages) {
        long expectedBytes = presentPages * ledger.pageSizeBytes();
        String needed = pagemapName + " needs " + expectedBytes + " bytes in it";
        long bytes = regularFileBytes(pagesName, needed);
        if (bytes != expectedBytes) {
            throw notWhole(pagesName + " has " + bytes + " bytes: " + needed);
        }
    }

    private void verifyParent(String name, String carried) {
        if (folder.parentPath().isEmpty()) {
            throw notWhole(name + " needs a parent, but the session has none: " + carried);
        }
        Path parent = folder.parentPath().get();
        Path link = folder.path().resolve(ImageFiles.PARENT_LINK);
        try {
            if (!link.toRealPath().equals(parent) || !Files.isRegularFile(parent.resolve(name))) {
                throw notWhole(
                        name
                                + " needs "
                                + name
                                + " behind 'parent', in "
                                + parent
                                + ": "
                                + carried);
            }
        } catch (IOException e) {
            throw unreadable("the link 'parent' that " + name + " needs", e);
        }
    }

    private void refuseSharedPages(long[] pagesIds) {
        Arrays.sort(pagesIds);
        for (int i = 1; i < pagesIds.length; i++) {
            if (pagesIds[i] == pagesIds[i - 1]) {
                throw notWhole("two pagemap images share " + ImageFiles.pagesFileName(pagesIds[i]));
            }
        }
    }

    private void refuseUnknownPagemaps(Set<ImageId> images) {
        Set<String> known =
                images.stream().map(ImageId::pagemapFileName).collect(Collectors.toSet());
        try {
            Optional<Path> unknown =
                    ImageFiles.first(
                            folder.path(),
                            ImageFiles.PAGEMAP_GLOB,
                            file -> !known.contains(file.getFileName().toString()));
            if (unknown.isPresent()) {
                throw notWhole(
                        unknown.get().getFileName()
                                + " is there, but the stream opened no such image");
            }
        } catch (IOException e) {
            throw unreadable("the images folder", e);
        }
    }

    private long regularFileBytes(String name, String needed) {
        Optional<BasicFileAttributes> attributes;
        try {
            attributes = ImageFiles.attributes(folder.path().resolve(name));
        } catch (IOException e) {
            throw unreadable(name, e);
        }
        if (attributes.isEmpty()) {
            throw notWhole(name + " is missing: " + needed);
        }
        if (!attributes.get().isRegularFile()) {
            throw notWhole(name + " is no regular file: " + needed);
        }
        return attributes.get().size();
    }

    private SessionException unreadable(String name, IOException e) {
        return DiskSpace.failure(
                CloseReason.IMAGES_NOT_WHOLE,
                name + " in " + folder.path() + " cannot be read",
                folder.path(),
                e);
    }

    private SessionException notWhole(String what) {
        if (folder.isFull()) {
            return new SessionException(
                    CloseReason.NO_SPACE,
                    what + "; " + folder.path() + " is full (" + folder.freeText() + ")");
        }
        return new SessionException(CloseReason.IMAGES_NOT_WHOLE, what + "; in " + folder.path());
    }
}
