package io.pageproxy.pagestream;

import io.netty.buffer.ByteBuf;

/** Hears what answers a lazy-pages daemon's requests, in the order in which it comes. */
public interface LazyReplyListener {
    /** Hears nothing of it. */
    LazyReplyListener NONE =
            new LazyReplyListener() {
                @Override
                public void onReply(PageRequest asked, int nrPages) {
                    // Whoever uses this only follows.
                }

                @Override
                public void onPages(ByteBuf piece) {
                    // As above.
                }
            };

    /**
     * An answer begins.
     *
     * @param nrPages how many of the pages that were asked for it brings, from the first on; at
     *     least 1
     */
    void onReply(PageRequest asked, int nrPages);

    /** A piece of its pages, which need not end where a page does; the caller's. */
    void onPages(ByteBuf piece);
}
