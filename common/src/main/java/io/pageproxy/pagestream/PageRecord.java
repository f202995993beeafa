package io.pageproxy.pagestream;

/**
 * One record of the page stream, independent of the layout. Code elsewhere relies on {@link
 * PageStreamParser} to emit only validated records.
 *
 * @param command the command
 * @param flags pagemap flags, {@link PageFlags}
 * @param nrPages number of pages
 * @param vaddr the first page's address in bytes (an offset for shared memory), unsigned
 * @param dstId owner of the pages, see {@link ImageId}
 */
public record PageRecord(PageCommand command, int flags, long nrPages, long vaddr, long dstId) {
    /**
     * Maximum length of a range of pages: with 4 KiB pages it exceeds any user address space, and
     * with 64 KiB pages its length in bytes still fits a long.
     */
    public static final long MAX_NR_PAGES = 1L << 46;

    /** Whether the pages' content follows the record. */
    public boolean hasPayload() {
        return command == PageCommand.ADD_F && (flags & PageFlags.PRESENT) != 0;
    }

    /** Creates a record that opens an image or queries its parent. */
    public static PageRecord of(PageCommand command, ImageId image) {
        return new PageRecord(command, 0, 0, 0, image.toDstId());
    }

    /** Creates a record of pages. */
    public static PageRecord pages(ImageId image, int flags, long vaddr, long nrPages) {
        return new PageRecord(PageCommand.ADD_F, flags, nrPages, vaddr, image.toDstId());
    }

    /** Creates a record that ends the stream. */
    public static PageRecord end(PageCommand command) {
        return new PageRecord(command, 0, 0, 0, 0);
    }
}
