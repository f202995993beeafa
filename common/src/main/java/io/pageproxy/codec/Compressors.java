package io.pageproxy.codec;

import io.netty.buffer.ByteBufAllocator;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

/**
 * The threads that compress, as many as there are processors, each with native contexts of its own
 * that last as long as it does. Thread-safe; {@link #close} lets them end.
 */
public final class Compressors implements AutoCloseable {
    private final ByteBufAllocator allocator;
    private final int threads;
    private final ExecutorService executor;
    private final ThreadLocal<BlockCompressor> compressor =
            ThreadLocal.withInitial(BlockCompressor::new);

    /** Starts no thread before there is work. */
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

    /** How many blocks are compressed at a time. */
    public int threads() {
        return threads;
    }

    ByteBufAllocator allocator() {
        return allocator;
    }

    /**
     * Compresses a block on one of the threads.
     *
     * @param done told on that thread, whatever came of it
     */
    void compress(PreparedBlock block, Runnable done) {
        executor.execute(
                () -> {
                    try {
                        block.compress(compressor.get(), allocator);
                    } finally {
                        done.run();
                    }
                });
    }

    /** Waits for the threads to end once it is closed; whether they have. */
    boolean awaitEnd(long time, TimeUnit unit) throws InterruptedException {
        return executor.awaitTermination(time, unit);
    }

    @Override
    public void close() {
        executor.shutdown();
    }
}
