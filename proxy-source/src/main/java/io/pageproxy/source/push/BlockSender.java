package io.pageproxy.source.push;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.pageproxy.codec.BlockEncoder;
import io.pageproxy.codec.Compressors;
import io.pageproxy.codec.OutgoingBlock;
import io.pageproxy.dedup.PageDeduplicator;
import io.pageproxy.dedup.PageRuns;
import io.pageproxy.frame.Frame.End;
import io.pageproxy.pagestream.StreamTotals;
import io.pageproxy.session.CodingTotals;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.Queue;

/**
 * Takes blocks of the page stream through all stages on the way to the lanes.
 *
 * <pre>
 *             +-- session's event loop --------------+  +- pool ---+  +- session's event loop -+
 *   block --> number, checksum  deduplicate  select --> compress --> reorder   frame --> lanes
 *                                            level
 * </pre>
 *
 * Several blocks are compressed concurrently; their frames leave in the order of the stream. A
 * block that is not compressed and has none before it never leaves the event loop. Used on the
 * session's event loop.
 */
final class BlockSender implements AutoCloseable {
    private final EventLoop loop;
    private final BlockEncoder encoder;
    private final Compressors compressors;
    private final Output output;
    private final Runnable onWritabilityChanged;
    private final Queue<InFlight> inFlight = new ArrayDeque<>();
    private Optional<PageDeduplicator> deduplicator;
    private Optional<End> waitingEnd = Optional.empty();
    private boolean closed;

    /** Where the frames go. */
    interface Output {
        /**
         * Sends a frame at once; ownership of the buffer passes.
         *
         * @return whether another frame may follow now
         */
        boolean send(ByteBuf frame);

        /** Whether frames may follow now. */
        boolean isWritable();

        /** Sends the end of the stream. */
        void end(End end);
    }

    /** A block between its first stage and its frame. */
    private static final class InFlight {
        private final OutgoingBlock block;
        private boolean compressed;

        InFlight(OutgoingBlock block) {
            this.block = block;
            this.compressed = !block.isCompressible();
        }
    }

    /**
     * A sender for one session.
     *
     * @param deduplicator owned by the sender; empty if blocks are sent with all their pages
     * @param onWritabilityChanged runs when {@link #isWritable} may have changed, other than by
     *     {@link #send}
     */
    BlockSender(
            EventLoop loop,
            BlockEncoder encoder,
            Optional<PageDeduplicator> deduplicator,
            Compressors compressors,
            Output output,
            Runnable onWritabilityChanged) {
        this.loop = loop;
        this.encoder = encoder;
        this.deduplicator = deduplicator;
        this.compressors = compressors;
        this.output = output;
        this.onWritabilityChanged = onWritabilityChanged;
    }

    /**
     * Sends the next block of the stream.
     *
     * @param plain see {@link BlockEncoder#begin}; ownership passes
     * @param runs where the block's pages lie
     */
    void send(ByteBuf plain, PageRuns runs) {
        OutgoingBlock block = encoder.begin(plain);
        deduplicator.ifPresent(pages -> block.deduplicate(pages, runs, compressors.allocator()));
        block.selectLevel();
        if (inFlight.isEmpty() && !block.isCompressible()) {
            output.send(block.toFrame());
            return;
        }
        InFlight next = new InFlight(block);
        inFlight.add(next);
        if (block.isCompressible()) {
            compressors.compress(block, () -> loop.execute(() -> onCompressed(next)));
        }
    }

    private void onCompressed(InFlight finished) {
        boolean wasFull = isFull();
        finished.compressed = true;
        boolean lanesTakeMore = true;
        while (!inFlight.isEmpty() && inFlight.peek().compressed) {
            OutgoingBlock block = inFlight.remove().block;
            if (closed) {
                block.release();
            } else {
                lanesTakeMore = output.send(block.toFrame());
            }
        }
        if (closed) {
            return;
        }
        if (!lanesTakeMore || (wasFull && !isFull())) {
            onWritabilityChanged.run();
        }
        if (inFlight.isEmpty()) {
            waitingEnd.ifPresent(output::end);
        }
    }

    /** Whether the dumper may be read: the lanes take frames, and not too many are in flight. */
    boolean isWritable() {
        return output.isWritable() && !isFull();
    }

    private boolean isFull() {
        return inFlight.size() >= 2 * compressors.threads();
    }

    /** Sends the end of the stream, behind all blocks. */
    void end(StreamTotals totals) {
        End end = new End(totals, encoder.checksum());
        if (inFlight.isEmpty()) {
            output.end(end);
        } else {
            waitingEnd = Optional.of(end);
        }
    }

    /** Counts of the frames and references so far. */
    CodingTotals totals() {
        return encoder.totals();
    }

    /** Keeps what was learned about the link: the whole stream has arrived. */
    void keepHistory() {
        encoder.keepHistory();
    }

    /**
     * The chain up to this session; ownership passes to the caller.
     *
     * @param pageCount how many pages its sessions carried in total
     */
    Optional<EarlierSessions> takePages(long pageCount) {
        Optional<EarlierSessions> taken =
                deduplicator.map(pages -> new EarlierSessions(pages, pageCount));
        deduplicator = Optional.empty();
        return taken;
    }

    /** Sends nothing any more; blocks in flight are released when they come back. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            deduplicator.ifPresent(PageDeduplicator::close);
            while (!inFlight.isEmpty() && inFlight.peek().compressed) {
                inFlight.remove().block.release();
            }
        }
    }
}
