package io.pageproxy.source.ingress;

import io.netty.buffer.ByteBuf;
import io.pageproxy.pagestream.RecordLayout;

/** What the dumper does, told to the session's state machine on its event loop. */
public interface DumperListener {
    /** Its first record has told which layout it speaks; blocks follow. */
    void onStreamOpen(RecordLayout layout);

    /** A piece of its stream that ends at a record's or a page run's edge; the listener owns it. */
    void onBlock(ByteBuf block);

    /** It has said CLOSE, which the last block holds, and waits for the status. */
    void onStreamEnd();

    /** It broke the protocol; nothing more will come. */
    void onDumperBroke(String message);

    /** Its socket is closed. */
    void onDumperGone();
}
