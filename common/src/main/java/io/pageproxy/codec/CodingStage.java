package io.pageproxy.codec;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.pageproxy.dedup.PageRuns;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.Consumer;

/**
 * Between the session's thread and the frames that leave it: compresses several blocks at a time on
 * other threads, where that is worth a hand-over, and lets them out in their order. What is not to
 * be compressed and has nothing before it never leaves the session's thread.
 *
 * <p>It belongs to the session's event loop.
 */
public final class CodingStage implements AutoCloseable {
    private final EventLoop loop;
    private final BlockEncoder encoder;
    private final Compressors compressors;
    private final Consumer<ByteBuf> frames;
    private final Runnable roomAgain;

    private final Queue<Slot> slots = new ArrayDeque<>();
    private Runnable whenEmpty;
    private boolean closed;

    private static final class Slot {
        private final PreparedBlock block;
        private boolean done;

        Slot(PreparedBlock block, boolean done) {
            this.block = block;
            this.done = done;
        }
    }

    /**
     * A stage for one session.
     *
     * @param encoder owned by the stage from now on
     * @param frames takes each frame, and owns it
     * @param roomAgain told when {@link #isFull} is no longer so
     */
    public CodingStage(
            EventLoop loop,
            BlockEncoder encoder,
            Compressors compressors,
            Consumer<ByteBuf> frames,
            Runnable roomAgain) {
        this.loop = loop;
        this.encoder = encoder;
        this.compressors = compressors;
        this.frames = frames;
        this.roomAgain = roomAgain;
    }

    /** Codes a block, see {@link BlockEncoder#prepare}; its frame comes out at once or later. */
    public void add(ByteBuf block, PageRuns runs) {
        PreparedBlock prepared = encoder.prepare(block, runs, compressors.allocator());
        if (!prepared.isCompressible() && slots.isEmpty()) {
            frames.accept(encoder.finish(prepared));
            return;
        }
        Slot slot = new Slot(prepared, !prepared.isCompressible());
        slots.add(slot);
        if (!slot.done) {
            compressors.compress(prepared, () -> loop.execute(() -> onCompressed(slot)));
        }
    }

    private void onCompressed(Slot slot) {
        slot.done = true;
        boolean wasFull = isFull();
        while (!slots.isEmpty() && slots.peek().done) {
            PreparedBlock block = slots.remove().block;
            if (closed) {
                block.release();
            } else {
                frames.accept(encoder.finish(block));
            }
        }
        if (closed) {
            return;
        }
        if (wasFull && !isFull()) {
            roomAgain.run();
        }
        if (slots.isEmpty() && whenEmpty != null) {
            Runnable waiting = whenEmpty;
            whenEmpty = null;
            waiting.run();
        }
    }

    /** Whether so much is under way that no more should be added now. */
    public boolean isFull() {
        return slots.size() >= 2 * compressors.threads();
    }

    /** Runs what must come behind all frames, now or once they are out. */
    public void afterAll(Runnable action) {
        if (slots.isEmpty()) {
            action.run();
        } else {
            whenEmpty = action;
        }
    }

    /** What it codes with. */
    public BlockEncoder encoder() {
        return encoder;
    }

    /** Nothing comes out any more; what is under way is released as it comes back. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            encoder.close();
            while (!slots.isEmpty() && slots.peek().done) {
                slots.remove().block.release();
            }
        }
    }
}
