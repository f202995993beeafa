package io.pageproxy.dest.images;

import io.pageproxy.pagestream.ImageId;
import io.pageproxy.pagestream.PageCommand;
import io.pageproxy.pagestream.PageRecord;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What the stream promised: for each image that it opened, a summary of the runs of pages that it
 * carried for it. About 300 bytes an image, whatever its size, since only the image that was opened
 * last can grow. Fed on the stream's thread; whoever reads it afterwards on another must have been
 * handed it safely.
 */
public final class ImagesLedger {
    /** The most images of one session. */
    public static final int MAX_IMAGES = 1_000_000;

    private final int pageSizeBytes;
    private final Map<ImageId, RunsSummary> images = new LinkedHashMap<>();

    private ImageId openImage;
    private RunsDigest openRuns;
    private boolean ended;

    /**
     * An empty ledger.
     *
     * @param pageSizeBytes the page size of both hosts
     */
    public ImagesLedger(int pageSizeBytes) {
        this.pageSizeBytes = pageSizeBytes;
    }

    /**
     * Takes down a record that the parser has let pass.
     *
     * @throws SessionException DUMPER_PROTOCOL where an image is opened twice, since the page
     *     server would overwrite it; LIMIT_EXCEEDED where there are more than {@value #MAX_IMAGES}
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
