package io.pageproxy.simulator;

import java.util.List;

/**
 * The content of one dump. Every page can be recomputed at any time, so a set of any size needs no
 * memory.
 *
 * @param content generates the page content
 * @param images the images in dump order
 */
public record PageSet(PageContent content, List<PageImage> images) {

    /** Copies the list. */
    public PageSet {
        images = List.copyOf(images);
    }

    /** Number of pages with content. */
    public long presentPages() {
        return images.stream().mapToLong(PageImage::presentPages).sum();
    }

    /** Bytes of pages with content. */
    public long presentBytes() {
        return presentPages() * content.pageSizeBytes();
    }

    /** Number of page ranges. */
    public long runs() {
        return images.stream().mapToLong(image -> image.runs().size()).sum();
    }
}
