package io.pageproxy.dest.push;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.pageproxy.codec.BlockDecoder;
import io.pageproxy.codec.DecodingBlock;
import io.pageproxy.dest.images.ImagesLedger;
import io.pageproxy.dest.lanes.BlockFlow;
import io.pageproxy.dest.lanes.BlockFlow.Hold;
import io.pageproxy.dest.pageserver.PageServerLink;
import io.pageproxy.dest.policy.SessionGrant;
import io.pageproxy.dest.references.WrittenPages;
import io.pageproxy.dest.references.WrittenStream;
import io.pageproxy.dest.session.DestLimits;
import io.pageproxy.dest.session.SessionQuota;
import io.pageproxy.dest.session.Workers;
import io.pageproxy.frame.Frame.Block;
import io.pageproxy.frame.Frame.End;
import io.pageproxy.pagestream.PageCommand;
import io.pageproxy.pagestream.PageRecord;
import io.pageproxy.pagestream.RecordLayout;
import io.pageproxy.pagestream.StreamTotals;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.CodingTotals;
import io.pageproxy.session.SessionException;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Consumer;

/**
 * Decodes the blocks of one session into the plain page stream, counts it against the limits,
 * passes it to the page server, and remembers where its pages are written, for references and for
 * the check of the images. For the session's event loop.
 *
 * <p>A block that refers to pages outside the page cache waits for a worker to read them, and the
 * {@link BlockFlow} is held meanwhile: blocks keep their order, and those that arrive wait where
 * their number is bounded.
 */
final class PageStreamReceiver implements AutoCloseable {
    /** How far back in the stream a page must be, at least, to be referred to. */
    static final OptionalLong REFERENCE_DISTANCE = OptionalLong.of(WrittenPages.MIN_DISTANCE_BYTES);

    private final int pageSizeBytes;
    private final DestLimits limits;
    private final WrittenPages writtenPages;
    private final BlockDecoder decoder;
    private final ImagesLedger ledger;
    private final BlockFlow flow;
    private final Workers workers;
    private final Consumer<Throwable> onFailure;
    private SessionQuota quota;
    private PageServerLink pageServer;

    /** The block whose pages a worker is reading; null if there is none. */
    private DecodingBlock waiting;

    private boolean closed;

    /**
     * The receiver of a session whose folder is not there yet.
     *
     * @param flow is held while no block may come
     * @param onFailure is told why a block that waited for a worker could not go on
     */
    PageStreamReceiver(
            int pageSizeBytes,
            DestLimits limits,
            BlockFlow flow,
            Workers workers,
            Consumer<Throwable> onFailure) {
        this.flow = flow;
        this.workers = workers;
        this.onFailure = onFailure;
        this.pageSizeBytes = pageSizeBytes;
        this.limits = limits;
        this.ledger = new ImagesLedger(pageSizeBytes);
        this.writtenPages = new WrittenPages(pageSizeBytes);
        this.decoder = new BlockDecoder(pageSizeBytes, writtenPages);
    }

    /**
     * The folder and its page server are there.
     *
     * @param granted the limits of the peer
     * @param earlier the streams of earlier sessions whose pages blocks may refer to
     */
    void begin(
            SessionGrant granted, PageServerLink server, Path folder, List<WrittenStream> earlier) {
        quota = new SessionQuota(limits, granted);
        pageServer = server;
        writtenPages.begin(folder, earlier);
    }

    /** The stream begins: the dumper uses the layout {@code from}, the page server {@code to}. */
    void open(RecordLayout from, RecordLayout to) {
        pageServer.open(pageSizeBytes, from, to, this::onRecord);
    }

    private void onRecord(PageRecord page) {
        if (page.command() == PageCommand.OPEN2) {
            quota.countPagesImage();
        }
        ledger.onRecord(page);
        writtenPages.onRecord(page);
    }

    /**
     * Takes the next block; ownership of its content passes. Only while the flow is not held.
     *
     * @throws SessionException if the block is damaged or exceeds a limit
     */
    void take(Block block, ByteBufAllocator allocator) {
        DecodingBlock decoding = decoder.begin(block, allocator);
        if (decoding.isWhole()) {
            passOn(decoding);
            return;
        }
        waiting = decoding;
        flow.set(Hold.REFERENCES, true);
        workers.run(
                () -> {
                    decoding.fill();
                    return decoding;
                },
                this::onFilled,
                this::onNotFilled);
    }

    private void passOn(DecodingBlock decoding) {
        ByteBuf raw = decoder.finish(decoding);
        try {
            // Counted first, so that nothing beyond a limit reaches the page server.
            quota.count(raw.readableBytes());
        } catch (SessionException e) {
            raw.release();
            throw e;
        }
        flow.set(Hold.PAGE_SERVER, !pageServer.send(raw));
    }

    private void onFilled(DecodingBlock filled) {
        waiting = null;
        if (closed) {
            filled.release();
            closeNow();
            return;
        }
        try {
            passOn(filled);
        } catch (RuntimeException e) {
            onFailure.accept(e);
            return;
        }
        flow.set(Hold.REFERENCES, false);
    }

    private void onNotFilled(Throwable cause) {
        waiting.release();
        waiting = null;
        if (closed) {
            closeNow();
        } else {
            onFailure.accept(cause);
        }
    }

    /**
     * The source has sent its end.
     *
     * @throws SessionException if the stream that arrived is not the one it sent
     */
    void end(End end) {
        if (!pageServer.streamEnded() || !end.totals().equals(totals())) {
            throw new SessionException(
                    CloseReason.TUNNEL_PROTOCOL,
                    "the source counted " + end.totals() + ", the destination " + totals());
        }
        if (end.checksum() != decoder.checksum()) {
            throw new SessionException(
                    CloseReason.CHECKSUM_MISMATCH,
                    "the checksums of the plain stream differ at its end");
        }
    }

    /** The number of pages of earlier sessions that blocks may refer to. */
    long earlierPages() {
        return writtenPages.earlierPages();
    }

    /** What the images must contain. */
    ImagesLedger ledger() {
        return ledger;
    }

    /** Where the pages are written, for a later session to refer to. */
    WrittenPages writtenPages() {
        return writtenPages;
    }

    /** What the stream has carried so far. */
    StreamTotals totals() {
        return pageServer == null ? StreamTotals.NONE : pageServer.totals();
    }

    /** How the stream was coded so far. */
    CodingTotals coding() {
        return decoder.totals();
    }

    /**
     * Releases the decoder and the files of pages. If a worker is reading from them, that is done
     * when it is back: its descriptor could otherwise become another file's.
     */
    @Override
    public void close() {
        closed = true;
        if (waiting == null) {
            closeNow();
        }
    }

    private void closeNow() {
        decoder.close();
        writtenPages.close();
    }
}
