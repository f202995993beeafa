package io.pageproxy.simulator;

import io.pageproxy.pagestream.ImageId;
import io.pageproxy.pagestream.ImageId.Kind;
import java.nio.ByteBuffer;

/**
 * Pages that are generated once and reused, so that a benchmark measures sending and not
 * generating. Each time a page is returned it starts with a new number, so that no page equals an
 * earlier one and could be deduplicated; only zero pages remain unchanged. Not thread-safe.
 */
public final class PreparedPages {
    private static final ImageId IMAGE = new ImageId(Kind.PROCESS, 1);

    private final ByteBuffer all;
    private final int pageSizeBytes;
    private long handedOut;

    /**
     * Generates the pages, which takes a while for large sizes.
     *
     * @param content content of pages at consecutive addresses
     * @param totalBytes total size, rounded down to whole pages; stored off-heap
     */
    public PreparedPages(PageContent content, int totalBytes) {
        pageSizeBytes = content.pageSizeBytes();
        all = ByteBuffer.allocateDirect(totalBytes - totalBytes % pageSizeBytes);
        while (all.hasRemaining()) {
            content.put(IMAGE, all.position(), all);
        }
        all.flip();
    }

    /**
     * Returns the next pages, starting over when not enough are left.
     *
     * @param lengthBytes length in bytes, a multiple of the page size and at most the total
     * @return a read-only buffer of that length, valid until the next call
     */
    public ByteBuffer next(long lengthBytes) {
        int length = Math.toIntExact(lengthBytes);
        if (length > all.remaining()) {
            all.rewind();
        }
        ByteBuffer next = all.slice(all.position(), length);
        all.position(all.position() + length);
        for (int page = 0; page < length; page += pageSizeBytes) {
            if (next.getLong(page) != 0) {
                next.putLong(page, ++handedOut);
            }
        }
        return next;
    }
}
