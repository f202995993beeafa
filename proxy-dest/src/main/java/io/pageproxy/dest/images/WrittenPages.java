package io.pageproxy.dest.images;

import io.netty.buffer.ByteBuf;
import io.pageproxy.dedup.EarlierPages;
import io.pageproxy.pagestream.PageRecord;
import io.pageproxy.process.CachedFile;
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
 * Reads pages back from the images that page servers have written, most often out of the page
 * cache: pages of this session, and of the sessions that it builds on.
 *
 * <p>One thread at a time. {@link #tryAppend} never waits and is for the session's event loop;
 * {@link #append} opens files and waits for the disk, and is for a worker. {@link #close} closes
 * the files.
 */
public final class WrittenPages implements EarlierPages, AutoCloseable {
    /**
     * A page nearer than this to the stream's end may be on its way to its image still: in our
     * queue, in the socket's buffer, or in the page server's hands.
     */
    public static final long LEAST_DISTANCE_BYTES = 8L << 20;

    private final int pageSizeBytes;
    private final List<WrittenStream> streams = new ArrayList<>();
    private WrittenStream current;

    private final OpenImages open = new OpenImages();

    /** Of a session with pages of that size. */
    public WrittenPages(int pageSizeBytes) {
        this.pageSizeBytes = pageSizeBytes;
    }

    /**
     * The session begins.
     *
     * @param imagesFolder where the page server writes
     * @param earlier the streams that it builds on, the first one first
     */
    public void begin(Path imagesFolder, List<WrittenStream> earlier) {
        streams.addAll(earlier);
        long firstIndex = earlier.isEmpty() ? 0 : earlier.get(earlier.size() - 1).endIndex();
        current = new WrittenStream(imagesFolder, firstIndex);
        streams.add(current);
    }

    /** How many pages the streams have had that the session builds on. */
    public long earlierPages() {
        return current.firstIndex();
    }

    /** All streams, this session's too; none before it begins. */
    List<WrittenStream> streams() {
        return List.copyOf(streams);
    }

    /** Takes down a record that the parser has let pass. */
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

    /** A run of pages in one image. */
    private record Piece(WrittenStream stream, int image, long offset, int lengthBytes) {}

    /** Until one of them says no. */
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
        long leastDistance = LEAST_DISTANCE_BYTES / pageSizeBytes;
        long end = Math.max(current.firstIndex(), current.endIndex() - leastDistance);
        if (firstIndex > end - count) {
            throw new SessionException(
                    CloseReason.TUNNEL_PROTOCOL,
                    "a reference to page "
                            + firstIndex
                            + ", less than "
                            + LEAST_DISTANCE_BYTES
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
        CachedFile file = open.ifOpen(piece.stream(), piece.image());
        if (file == null) {
            return false;
        }
        ByteBuffer room = room(to, piece.lengthBytes());
        long offset = piece.offset();
        while (room.hasRemaining()) {
            int got = file.readCached(room, offset);
            if (got <= 0) {
                return false; // Where it is the file's end, the worker says so.
            }
            offset += got;
        }
        to.writerIndex(to.writerIndex() + piece.lengthBytes());
        return true;
    }

    private void read(Piece piece, ByteBuf to) {
        try {
            CachedFile file = open.open(piece.stream(), piece.image());
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

    /** Where the next bytes of a direct buffer go. */
    private static ByteBuffer room(ByteBuf to, int lengthBytes) {
        return to.ensureWritable(lengthBytes).nioBuffer(to.writerIndex(), lengthBytes);
    }

    @Override
    public void close() {
        open.close();
    }
}
