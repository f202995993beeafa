package io.pageproxy.testkit;

import io.pageproxy.pagestream.ImageId;
import io.pageproxy.pagestream.ImageId.Kind;
import java.nio.ByteBuffer;

/**
 * Pages that are made once and handed out again and again, so that whoever sends them is measured
 * at sending and not at making them. Each time they begin with another number, so that none is
 * equal to one before and need not be sent: only zeros stay what they are. Not thread-safe.
 */
public final class PreparedPages {
    private static final ImageId IMAGE = new ImageId(Kind.PROCESS, 1);

    private final ByteBuffer all;
    private final int pageSizeBytes;
    private long handedOut;

    /**
     * Makes them; takes a while for many.
     *
     * @param content of pages at neighbouring addresses
     * @param totalBytes how much of it, rounded down to whole pages; kept outside of the heap
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
     * The next of them, from the beginning where there are not so many left.
     *
     * @param lengthBytes of whole pages, no more than there are
     * @return of that length; nobody may write to it, and it is good until the next call
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
