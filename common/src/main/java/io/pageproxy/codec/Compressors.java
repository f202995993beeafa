package io.pageproxy.codec;

import io.netty.buffer.ByteBufAllocator;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

/**
 * A pool of threads that compress blocks. Each thread has native contexts of its own, which it
 * frees when it ends. Thread-safe; {@link #close} lets the threads end.
 */
public final class Compressors implements AutoCloseable {
    private final ByteBufAllocator allocator;
    private final int threads;
    private final ExecutorService executor;
    private final ThreadLocal<BlockCompressor> compressor =
            ThreadLocal.withInitial(BlockCompressor::new);

    /**
     * A pool that starts no thread before there is work.
     *
     * @param allocator of the compressed blocks
     */
    public Compressors(ByteBufAllocator allocator, int threads) {
        this.allocator = allocator;
        this.threads = threads;
        ThreadFactory factory = new DefaultThreadFactory("compress", true);
        this.executor =
                Executors.newFixedThreadPool(
                        threads, work -> factory.newThread(() -> runAndFree(work)));
    }

    private void runAndFree(Runnable work) {
        try {
            work.run();
        } finally {
            compressor.get().close();
        }
    }

    /** How many blocks are compressed concurrently. */
    public int threads() {
        return threads;
    }

    /** Allocates the blocks of the sessions that use this pool. */
    public ByteBufAllocator allocator() {
        return allocator;
    }

    /**
     * Compresses a block on one of the threads.
     *
     * @param done runs on that thread, also if the block could not be compressed
     */
    public void compress(OutgoingBlock block, Runnable done) {
        executor.execute(
                () -> {
                    try {
                        block.compress(compressor.get(), allocator);
                    } finally {
                        done.run();
                    }
                });
    }

    /** Waits for the threads to end after {@link #close}; returns whether they have. */
    public boolean awaitEnd(long time, TimeUnit unit) throws InterruptedException {
        return executor.awaitTermination(time, unit);
    }

    @Override
    public void close() {
        executor.shutdown();
    }
}
