package io.pageproxy.simulator;

import io.pageproxy.pagestream.ImageId;
import io.pageproxy.pagestream.PageRecord;
import io.pageproxy.simulator.PageServerScript.Lie;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Writes what a built-in page server receives: the images of one session one after another, with
 * the scripted fault. Blocking; not thread-safe.
 */
final class PageSink {
    private final Path folder;
    private final Optional<Path> parent;
    private final int pageSizeBytes;
    private final Lie lie;
    private ImageWriter image;
    private long lastPagesId;
    private int bytesToSkip;
    private boolean lied;

    /**
     * Creates a sink for one session.
     *
     * @param folder the images' folder
     * @param parent folder of the parent session's images
     */
    PageSink(Path folder, Optional<Path> parent, int pageSizeBytes, Lie lie) {
        this.folder = folder;
        this.parent = parent;
        this.pageSizeBytes = pageSizeBytes;
        this.lie = lie;
    }

    int pageSizeBytes() {
        return pageSizeBytes;
    }

    /** Ends the previous image and starts this one; returns whether it has a parent. */
    boolean open(PageRecord opening) throws IOException {
        if (image != null) {
            image.close();
        }
        ImageId id = ImageId.ofDstId(opening.dstId());
        image = new ImageWriter(folder, id, ++lastPagesId);
        return hasParent(opening);
    }

    boolean hasParent(PageRecord opening) {
        String name = ImageId.ofDstId(opening.dstId()).pagemapFileName();
        return parent.isPresent() && Files.isRegularFile(parent.get().resolve(name));
    }

    void addRun(PageRecord run) throws IOException {
        if (lie == Lie.SKIPS_A_PAGE && run.hasPayload() && !lied) {
            lied = true;
            bytesToSkip = pageSizeBytes;
            if (run.nrPages() > 1) {
                image.addRun(run.flags(), run.vaddr() + pageSizeBytes, run.nrPages() - 1);
            }
        } else {
            image.addRun(run.flags(), run.vaddr(), run.nrPages());
        }
    }

    void addPages(ByteBuffer pages) throws IOException {
        if (lie == Lie.KEEPS_NO_CONTENT) {
            image.addHole(pages.remaining());
            return;
        }
        int skipped = Math.min(bytesToSkip, pages.remaining());
        bytesToSkip -= skipped;
        pages.position(pages.position() + skipped);
        if (lie == Lie.ALTERS_A_BYTE && !lied) {
            lied = true;
            pages.put(pages.position(), (byte) (pages.get(pages.position()) + 1));
        }
        image.addPages(pages);
    }

    /** Ends the last image. */
    void close() throws IOException {
        if (image == null) {
            return;
        }
        image.close();
        switch (lie) {
            case CUTS_PAGES -> image.cutPages();
            case EMPTIES_PAGEMAP -> image.emptyPagemap();
            default -> {} // the other faults are implemented elsewhere
        }
        image = null;
    }

    /** Closes open files; everything written so far remains. */
    void abandon() throws IOException {
        if (image != null) {
            ImageWriter open = image;
            image = null;
            open.close();
        }
    }
}
