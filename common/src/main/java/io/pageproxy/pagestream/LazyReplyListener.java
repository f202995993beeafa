package io.pageproxy.pagestream;

import io.netty.buffer.ByteBuf;

/** Receives the replies to a lazy-pages daemon in order. */
public interface LazyReplyListener {
    /** Ignores all replies. */
    LazyReplyListener NONE =
            new LazyReplyListener() {
                @Override
                public void onReply(PageRequest asked, int nrPages) {
                    // The replies are only validated.
                }

                @Override
                public void onPages(ByteBuf piece) {
                    // As above.
                }
            };

    /**
     * A reply starts.
     *
     * @param nrPages number of requested pages that it contains, from the first one on; at least 1
     */
    void onReply(PageRequest asked, int nrPages);

    /** A part of the reply's pages, which may end in the middle of a page; owned by the caller. */
    void onPages(ByteBuf piece);
}
