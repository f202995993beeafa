package io.pageproxy.testkit;

import java.util.List;

/**
 * All that one dump carries. The content of each page can be computed again at any time, so a set
 * of any size takes no memory.
 *
 * @param content makes the pages' bytes
 * @param images in the order in which they are dumped
 */
public record PageSet(PageContent content, List<PageImage> images) {

    /** Keeps its own copy. */
    public PageSet {
        images = List.copyOf(images);
    }

    /** How many pages' content is carried. */
    public long presentPages() {
        return images.stream().mapToLong(PageImage::presentPages).sum();
    }

    /** Bytes of the pages that are carried. */
    public long presentBytes() {
        return presentPages() * content.pageSizeBytes();
    }

    /** How many runs there are. */
    public long runs() {
        return images.stream().mapToLong(image -> image.runs().size()).sum();
    }
}
