package io.pageproxy.codec;

import io.netty.buffer.ByteBufAllocator;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

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
        this.executor =
                Executors.newFixedThreadPool(threads, new DefaultThreadFactory("compress", true));
    }

    /** How many blocks are compressed at a time. */
    int threads() {
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

    @Override
    public void close() {
        executor.shutdown();
    }
}
