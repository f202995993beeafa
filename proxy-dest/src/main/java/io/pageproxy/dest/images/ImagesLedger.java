package io.pageproxy.dest.images;

import io.pageproxy.dest.pagemap.RunsDigest;
import io.pageproxy.dest.pagemap.RunsSummary;
import io.pageproxy.pagestream.ImageId;
import io.pageproxy.pagestream.PageCommand;
import io.pageproxy.pagestream.PageRecord;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Records, for each image that the stream opened, a summary of the page ranges that it carried. It
 * needs about 300 bytes per image of any size, because only the image that was opened last can
 * grow. Filled on the stream's thread; later readers on other threads need a safe hand-over.
 */
public final class ImagesLedger {
    /** Maximum number of images of a session. */
    public static final int MAX_IMAGES = 1_000_000;

    private final int pageSizeBytes;
    private final Map<ImageId, RunsSummary> images = new LinkedHashMap<>();

    private ImageId openImage;
    private RunsDigest openRuns;
    private boolean ended;

    /**
     * Creates an empty ledger.
     *
     * @param pageSizeBytes the page size of both hosts
     */
    public ImagesLedger(int pageSizeBytes) {
        this.pageSizeBytes = pageSizeBytes;
    }

    /**
     * Records a record that the parser has accepted.
     *
     * @throws SessionException DUMPER_PROTOCOL if an image is opened twice, because the page server
     *     would overwrite it; LIMIT_EXCEEDED if there are more than {@value #MAX_IMAGES} images
     */
    public void onRecord(PageRecord page) {
        switch (page.command()) {
            case OPEN2 -> open(ImageId.ofDstId(page.dstId()));
            case ADD_F -> add(page);
            case CLOSE, FORCE_CLOSE -> {
                finishOpenImage();
                ended = true;
            }
            case PARENT -> {}
        }
    }

    /** The page size of both hosts in bytes. */
    public int pageSizeBytes() {
        return pageSizeBytes;
    }

    /**
     * The images in the order in which they were opened.
     *
     * @throws IllegalStateException before the end of the stream
     */
    public Map<ImageId, RunsSummary> images() {
        if (!ended) {
            throw new IllegalStateException("the stream has not ended");
        }
        return Collections.unmodifiableMap(images);
    }

    private void open(ImageId image) {
        finishOpenImage();
        if (images.containsKey(image)) {
            throw new SessionException(
                    CloseReason.DUMPER_PROTOCOL,
                    "the dumper opened the image of "
                            + image
                            + " twice: the second would overwrite the first");
        }
        if (images.size() == MAX_IMAGES) {
            throw new SessionException(
                    CloseReason.LIMIT_EXCEEDED,
                    "the dumper opened more than " + MAX_IMAGES + " images in one session");
        }
        openImage = image;
        openRuns = new RunsDigest(pageSizeBytes);
    }

    private void add(PageRecord page) {
        if (openRuns == null || !openImage.equals(ImageId.ofDstId(page.dstId()))) {
            throw new SessionException(
                    CloseReason.DUMPER_PROTOCOL,
                    "the dumper sent pages of "
                            + ImageId.ofDstId(page.dstId())
                            + " without "
                            + PageCommand.OPEN2);
        }
        openRuns.add(page.flags(), page.vaddr(), page.nrPages());
    }

    private void finishOpenImage() {
        if (openRuns != null) {
            images.put(openImage, openRuns.finish());
            openImage = null;
            openRuns = null;
        }
    }
}
