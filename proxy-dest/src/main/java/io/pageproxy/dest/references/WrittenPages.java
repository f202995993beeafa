package io.pageproxy.dest.references;

import io.netty.buffer.ByteBuf;
import io.pageproxy.dedup.EarlierPages;
import io.pageproxy.pagestream.PageRecord;
import io.pageproxy.posix.PageCacheFile;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import io.pageproxy.text.FailureText;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * Reads back pages that page servers have written, mostly from the page cache: pages of this
 * session and of the sessions it is based on.
 *
 * <p>Not thread-safe. {@link #tryAppend} never blocks and is intended for the session's event loop;
 * {@link #append} opens files and waits for the disk, and is intended for a worker. {@link #close}
 * closes the files.
 */
public final class WrittenPages implements EarlierPages, AutoCloseable {
    /**
     * A page closer than this to the end of the stream may not have reached its image yet: it may
     * be in our queue, in the socket's buffer, or in the page server.
     */
    public static final long MIN_DISTANCE_BYTES = 8L << 20;

    private final int pageSizeBytes;
    private final List<WrittenStream> streams = new ArrayList<>();
    private WrittenStream current;

    private final OpenImages open = new OpenImages();

    /** Creates an empty set for a page size. */
    public WrittenPages(int pageSizeBytes) {
        this.pageSizeBytes = pageSizeBytes;
    }

    /**
     * Starts the session.
     *
     * @param imagesFolder folder that the page server writes to
     * @param earlier the streams that it is based on, oldest first
     */
    public void begin(Path imagesFolder, List<WrittenStream> earlier) {
        streams.addAll(earlier);
        long firstIndex = earlier.isEmpty() ? 0 : earlier.get(earlier.size() - 1).endIndex();
        current = new WrittenStream(imagesFolder, firstIndex);
        streams.add(current);
    }

    /** Number of pages in the earlier streams. */
    public long earlierPages() {
        return current.firstIndex();
    }

    /** All streams including this session's; empty before the session starts. */
    List<WrittenStream> streams() {
        return List.copyOf(streams);
    }

    /** Records a record that the parser has accepted. */
    public void onRecord(PageRecord page) {
        current.onRecord(page);
    }

    @Override
    public boolean tryAppend(long firstIndex, int count, ByteBuf to) {
        int start = to.writerIndex();
        boolean all = eachPiece(firstIndex, count, piece -> readCached(piece, to));
        if (!all) {
            to.writerIndex(start);
        }
        return all;
    }

    @Override
    public void append(long firstIndex, int count, ByteBuf to) {
        eachPiece(
                firstIndex,
                count,
                piece -> {
                    read(piece, to);
                    return true;
                });
    }

    /** A range of pages in one image. */
    private record Piece(WrittenStream stream, int image, long offset, int lengthBytes) {}

    /** Calls a reader for each piece until one returns false. */
    private boolean eachPiece(long firstIndex, int count, Predicate<Piece> reader) {
        requireFarEnough(firstIndex, count);
        long index = firstIndex;
        int left = count;
        while (left > 0) {
            WrittenStream stream = streamOf(index);
            int image = stream.imageOf(index);
            int here = (int) Math.min(left, stream.endOf(image) - index);
            long offset = (index - stream.firstPageOf(image)) * pageSizeBytes;
            if (!reader.test(new Piece(stream, image, offset, here * pageSizeBytes))) {
                return false;
            }
            index += here;
            left -= here;
        }
        return true;
    }

    private void requireFarEnough(long firstIndex, int count) {
        long leastDistance = MIN_DISTANCE_BYTES / pageSizeBytes;
        long end = Math.max(current.firstIndex(), current.endIndex() - leastDistance);
        if (firstIndex > end - count) {
            throw new SessionException(
                    CloseReason.TUNNEL_PROTOCOL,
                    "a reference to page "
                            + firstIndex
                            + ", less than "
                            + MIN_DISTANCE_BYTES
                            + " bytes before page "
                            + current.endIndex());
        }
    }

    private WrittenStream streamOf(long index) {
        int stream = streams.size() - 1;
        while (streams.get(stream).firstIndex() > index) {
            stream--;
        }
        return streams.get(stream);
    }

    private boolean readCached(Piece piece, ByteBuf to) {
        PageCacheFile file = open.ifOpen(piece.stream(), piece.image());
        if (file == null) {
            return false;
        }
        ByteBuffer room = room(to, piece.lengthBytes());
        long offset = piece.offset();
        while (room.hasRemaining()) {
            int got = file.readCached(room, offset);
            if (got <= 0) {
                return false; // The worker reports an unexpected end of the file.
            }
            offset += got;
        }
        to.writerIndex(to.writerIndex() + piece.lengthBytes());
        return true;
    }

    private void read(Piece piece, ByteBuf to) {
        try {
            PageCacheFile file = open.open(piece.stream(), piece.image());
            ByteBuffer room = room(to, piece.lengthBytes());
            long offset = piece.offset();
            while (room.hasRemaining()) {
                int got = file.read(room, offset);
                if (got <= 0) {
                    throw new SessionException(
                            CloseReason.PAGE_SERVER_FAILED,
                            piece.stream().fileOf(piece.image())
                                    + " ends at "
                                    + offset
                                    + ", before a page that was sent long ago");
                }
                offset += got;
            }
            to.writerIndex(to.writerIndex() + piece.lengthBytes());
        } catch (IOException e) {
            throw new SessionException(
                    CloseReason.PAGE_SERVER_FAILED,
                    "a page that is referred to cannot be read back: " + FailureText.of(e));
        }
    }

    /** The destination of the next bytes in a direct buffer. */
    private static ByteBuffer room(ByteBuf to, int lengthBytes) {
        return to.ensureWritable(lengthBytes).nioBuffer(to.writerIndex(), lengthBytes);
    }

    @Override
    public void close() {
        open.close();
    }
}
