package io.pageproxy.source.dumper;

import io.netty.buffer.ByteBuf;
import io.pageproxy.dedup.PageRuns;
import io.pageproxy.pagestream.RecordLayout;

/** What the dumper does, told to the session's state machine on its event loop. */
public interface DumperListener {
    /** Its first record has told which layout it speaks; blocks follow. */
    void onStreamOpen(RecordLayout layout);

    /**
     * A piece of its stream, which ends at a record's or a page's edge.
     *
     * @param block the listener owns it
     * @param runs where whole pages lie in it; good until this returns
     */
    void onBlock(ByteBuf block, PageRuns runs);

    /** It has said CLOSE, which the last block holds, and waits for the status. */
    void onStreamEnd();

    /** It broke the protocol; nothing more will come. */
    void onDumperBroke(String message);

    /** Its socket is closed. */
    void onDumperGone();
}
