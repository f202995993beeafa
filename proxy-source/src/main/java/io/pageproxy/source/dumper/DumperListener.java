package io.pageproxy.source.dumper;

import io.netty.buffer.ByteBuf;
import io.pageproxy.dedup.PageRuns;
import io.pageproxy.pagestream.RecordLayout;

/** Receives the events of the dumper on the session's event loop. */
public interface DumperListener {
    /** The first record has shown the record layout; blocks follow. */
    void onStreamOpen(RecordLayout layout);

    /**
     * A piece of the stream, which ends at the edge of a record or page.
     *
     * @param block owned by the listener
     * @param runs where complete pages lie in the block; valid until this method returns
     */
    void onBlock(ByteBuf block, PageRuns runs);

    /** The dumper has sent CLOSE, which the last block holds, and awaits the status. */
    void onStreamEnd();

    /** The dumper has ended its stream before the first image; nothing more follows. */
    void onDumpFailed();

    /** The dumper has violated the protocol; nothing more follows. */
    void onDumperBroke(String message);

    /** The socket is closed. */
    void onDumperGone();
}
