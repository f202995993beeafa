package io.pageproxy.testkit;

import io.pageproxy.pagestream.ImageId;
import io.pageproxy.pagestream.ImageId.Kind;
import java.nio.ByteBuffer;

/**
 * Pages that are made once and handed out again and again, so that whoever sends them is measured
 * at sending and not at making them. Not thread-safe.
 */
public final class PreparedPages {
    private static final ImageId IMAGE = new ImageId(Kind.PROCESS, 1);

    private final ByteBuffer all;

    /**
     * Makes them; takes a while for many.
     *
     * @param content of pages at neighbouring addresses
     * @param totalBytes how much of it, rounded down to whole pages; kept outside of the heap
     */
    public PreparedPages(PageContent content, int totalBytes) {
        all = ByteBuffer.allocateDirect(totalBytes - totalBytes % content.pageSizeBytes());
        while (all.hasRemaining()) {
            content.put(IMAGE, all.position(), all);
        }
        all.flip();
    }

    /**
     * The next of them, from the beginning where there are not so many left.
     *
     * @param lengthBytes no more than there are
     * @return of that length; nobody may write to it
     */
    public ByteBuffer next(long lengthBytes) {
        int length = Math.toIntExact(lengthBytes);
        if (length > all.remaining()) {
            all.rewind();
        }
        ByteBuffer next = all.slice(all.position(), length);
        all.position(all.position() + length);
        return next;
    }
}
