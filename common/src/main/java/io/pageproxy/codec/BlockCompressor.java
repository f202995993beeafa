package io.pageproxy.codec;

import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdException;
import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.Map;
import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Factory;

/**
 * Compresses blocks at any level. Keeps the native contexts, which are large, from block to block.
 * Not thread-safe; {@link #close} frees the native memory.
 */
public final class BlockCompressor implements AutoCloseable {
    private final LZ4Compressor lz4 = LZ4Factory.nativeInstance().fastCompressor();
    private final Map<CompressionLevel, ZstdCompressCtx> zstd =
            new EnumMap<>(CompressionLevel.class);

    /** How much room {@link #compress} needs for an input of that length. */
    int boundBytes(int plainBytes) {
        return lz4.maxCompressedLength(plainBytes); // Above what Zstandard needs, too.
    }

    /**
     * Compresses all that remains of one direct buffer into another.
     *
     * @param to has room for {@link #boundBytes}; its position stays
     * @return the coded length; the plain length or more if it does not shrink
     */
    int compress(CompressionLevel level, ByteBuffer from, ByteBuffer to) {
        return switch (level.codec()) {
            case STORED -> from.remaining();
            case LZ4 ->
                    lz4.compress(
                            from,
                            from.position(),
                            from.remaining(),
                            to,
                            to.position(),
                            to.remaining());
            case ZSTD -> zstd(level, from, to);
        };
    }

    private int zstd(CompressionLevel level, ByteBuffer from, ByteBuffer to) {
        ZstdCompressCtx context =
                zstd.computeIfAbsent(
                        level,
                        e ->
                                new ZstdCompressCtx()
                                        .setLevel(e.zstdLevel())
                                        .setContentSize(false)
                                        .setChecksum(false));
        try {
            return context.compressDirectByteBuffer(
                    to, to.position(), to.remaining(), from, from.position(), from.remaining());
        } catch (ZstdException e) {
            throw new IllegalStateException("Zstandard: " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        zstd.values().forEach(ZstdCompressCtx::close);
        zstd.clear();
    }
}
