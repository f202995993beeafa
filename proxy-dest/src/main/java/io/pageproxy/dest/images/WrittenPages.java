package io.pageproxy.dest.images;

import io.netty.buffer.ByteBuf;
import io.pageproxy.dedup.EarlierPages;
import io.pageproxy.pagestream.PageRecord;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads pages back from the images that page servers have written, most often out of the page
 * cache: pages of this session, and of the sessions that it builds on.
 *
 * <p>Not thread-safe: one session, one thread. {@link #close} closes the files.
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

    private Path openFile;
    private FileChannel open;

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
    public void append(long firstIndex, int count, ByteBuf to) {
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
        long index = firstIndex;
        int left = count;
        while (left > 0) {
            WrittenStream stream = streamOf(index);
            int image = stream.imageOf(index);
            int here = (int) Math.min(left, stream.endOf(image) - index);
            long offset = (index - stream.firstPageOf(image)) * pageSizeBytes;
            read(stream, image, offset, here * pageSizeBytes, to);
            index += here;
            left -= here;
        }
    }

    private WrittenStream streamOf(long index) {
        int stream = streams.size() - 1;
        while (streams.get(stream).firstIndex() > index) {
            stream--;
        }
        return streams.get(stream);
    }

    private void read(
            WrittenStream stream, int image, long fileOffset, int lengthBytes, ByteBuf to) {
        try {
            open(stream.fileOf(image));
            long offset = fileOffset;
            int left = lengthBytes;
            while (left > 0) {
                int got = to.writeBytes(open, offset, left);
                if (got <= 0) {
                    throw new SessionException(
                            CloseReason.PAGE_SERVER_FAILED,
                            openFile
                                    + " ends at "
                                    + offset
                                    + ", before a page that was sent long ago");
                }
                offset += got;
                left -= got;
            }
        } catch (ClosedChannelException e) {
            throw new IllegalStateException("closed while in use", e);
        } catch (IOException e) {
            throw new SessionException(
                    CloseReason.PAGE_SERVER_FAILED,
                    "a page that is referred to cannot be read back: " + e.getMessage());
        }
    }

    private void open(Path file) throws IOException {
        if (!file.equals(openFile)) {
            close();
            open = FileChannel.open(file, StandardOpenOption.READ);
            openFile = file;
        }
    }

    @Override
    public void close() {
        if (open != null) {
            try {
                open.close();
            } catch (IOException e) {
                // Opened for reading: nothing is lost with it.
            }
            open = null;
            openFile = null;
        }
    }
}
