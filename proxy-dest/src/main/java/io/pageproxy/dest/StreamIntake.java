package io.pageproxy.dest;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.pageproxy.codec.BlockDecoder;
import io.pageproxy.codec.DecodingBlock;
import io.pageproxy.dest.BlockFlow.Hold;
import io.pageproxy.dest.images.ImagesLedger;
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
 * The way of one session's pages: blocks become the plain stream again, which goes to the page
 * server, within the limit, and is remembered for references and for the images' check. To be used
 * on the session's event loop.
 *
 * <p>A block that refers to pages which are not in the page cache waits for a worker to read them,
 * and the {@link BlockFlow} is held meanwhile: so blocks keep their order, and what else comes
 * stays where it is bounded.
 */
final class StreamIntake implements AutoCloseable {
    /** How far back a page must lie, at least, to be referred to. */
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

    /** With a worker, which reads its pages; null: none is. */
    private DecodingBlock waiting;

    private boolean closed;

    /**
     * The way of a session that has not been greeted.
     *
     * @param flow is held while no block may come
     * @param onFailure is told why a block that waited for a worker could not go on
     */
    StreamIntake(
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
     * The folder is there, and its page server.
     *
     * @param granted what else limits the stream
     * @param earlier what pages may refer to besides those of this session
     */
    void begin(
            SessionGrant granted, PageServerLink server, Path folder, List<WrittenStream> earlier) {
        quota = new SessionQuota(limits, granted);
        pageServer = server;
        writtenPages.begin(folder, earlier);
    }

    /** A dumper has come, which speaks {@code from}; the page server speaks {@code to}. */
    void open(RecordLayout from, RecordLayout to) {
        pageServer.open(
                pageSizeBytes,
                from,
                to,
                page -> {
                    if (page.command() == PageCommand.OPEN2) {
                        quota.countPagesImage();
                    }
                    ledger.onRecord(page);
                    writtenPages.onRecord(page);
                });
    }

    /**
     * Takes the next block, whose content passes to here; only while the flow is not held.
     *
     * @throws SessionException where the block is not whole, or one too many
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
            // Nothing that is too much reaches the page server.
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
     * The source has said its end.
     *
     * @throws SessionException where what came is not what it sent
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
                    "the plain stream's checksums differ at its end");
        }
    }

    /** Pages of earlier sessions that may be referred to. */
    long earlierPages() {
        return writtenPages.earlierPages();
    }

    /** What the images must hold. */
    ImagesLedger ledger() {
        return ledger;
    }

    /** Where the pages lie, for a later session to refer to. */
    WrittenPages writtenPages() {
        return writtenPages;
    }

    /** What the stream has carried so far. */
    StreamTotals totals() {
        return pageServer == null ? StreamTotals.NONE : pageServer.totals();
    }

    /** How it was coded. */
    CodingTotals coding() {
        return decoder.totals();
    }

    /**
     * Releases what is held for pages to come; what a worker uses just now, when it is back: a
     * descriptor that was closed under its hands might be another file's.
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
