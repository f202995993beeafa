package io.pageproxy.pagestream;

/**
 * One record of the page stream, as both layouts express it. Compact constructors elsewhere rely on
 * {@link PageStreamParser}: a record that it hands out has been validated.
 *
 * @param command what is asked
 * @param flags pagemap flags, {@link PageFlags}
 * @param nrPages how many pages the record speaks of
 * @param vaddr the first page's address in bytes (an offset for shared memory), unsigned
 * @param dstId whose pages, see {@link ImageId}
 */
public record PageRecord(PageCommand command, int flags, long nrPages, long vaddr, long dstId) {

    /** Whether the pages' content follows the record. */
    public boolean hasPayload() {
        return command == PageCommand.ADD_F && (flags & PageFlags.PRESENT) != 0;
    }

    /** A record that opens an image or asks for its parent. */
    public static PageRecord of(PageCommand command, ImageId image) {
        return new PageRecord(command, 0, 0, 0, image.toDstId());
    }

    /** A record of pages. */
    public static PageRecord pages(ImageId image, int flags, long vaddr, long nrPages) {
        return new PageRecord(PageCommand.ADD_F, flags, nrPages, vaddr, image.toDstId());
    }

    /** A record that ends the stream. */
    public static PageRecord end(PageCommand command) {
        return new PageRecord(command, 0, 0, 0, 0);
    }
}
