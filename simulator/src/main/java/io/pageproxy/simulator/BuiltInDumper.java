package io.pageproxy.simulator;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pageproxy.net.HostPort;
import io.pageproxy.pagestream.ImageId;
import io.pageproxy.pagestream.PageCommand;
import io.pageproxy.pagestream.PageRecord;
import io.pageproxy.pagestream.RecordLayout;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ByteChannel;
import java.nio.channels.SocketChannel;

/**
 * The dumper side of CRIU's page-server protocol over a connected, blocking socket: what {@code
 * criu dump --page-server} sends, either record by record or as a whole with {@link #dump}.
 *
 * <p>Like CRIU, it buffers small records until it needs a reply or the buffer fills. Not
 * thread-safe; {@link #close} may be called on any thread and ends a blocked call.
 */
public final class BuiltInDumper implements AutoCloseable {
    private static final int BUFFER_BYTES = 1 << 20;

    private final ByteChannel socket;
    private final RecordLayout layout;
    private final ByteBuffer out = ByteBuffer.allocateDirect(BUFFER_BYTES);
    private final ByteBuf record = Unpooled.buffer(RecordLayout.MAX_BYTES);
    private ImageId image;

    /**
     * Creates a dumper on a connected socket.
     *
     * @param socket a blocking socket; the dumper takes ownership
     */
    public BuiltInDumper(ByteChannel socket, RecordLayout layout) {
        this.socket = socket;
        this.layout = layout;
    }

    /**
     * Connects like {@code criu dump --address --port}.
     *
     * @throws IOException if the connection fails; the message names the address
     */
    public static BuiltInDumper connect(HostPort address, RecordLayout layout) throws IOException {
        SocketChannel socket = SocketChannel.open();
        try {
            socket.connect(new InetSocketAddress(address.host(), address.port()));
            socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
            return new BuiltInDumper(socket, layout);
        } catch (IOException e) {
            socket.close();
            throw new IOException("no page server at " + address + ": " + e.getMessage(), e);
        }
    }

    /**
     * Opens an image (OPEN2); the following pages belong to it.
     *
     * @return whether the page server has a parent image
     */
    public boolean open(ImageId opened) throws IOException {
        image = opened;
        write(PageRecord.of(PageCommand.OPEN2, opened));
        return answer(PageCommand.OPEN2).get() != 0;
    }

    /** Queries whether a parent image exists (PARENT). */
    public boolean hasParent(ImageId asked) throws IOException {
        write(PageRecord.of(PageCommand.PARENT, asked));
        return answer(PageCommand.PARENT).getInt() != 0;
    }

    /**
     * Sends a range of pages (ADD_F) of the open image.
     *
     * @param content all bytes of the range's pages up to its limit if the range is present;
     *     otherwise null
     */
    public void run(PageRun run, ByteBuffer content) throws IOException {
        if (image == null) {
            throw new IllegalStateException("open an image before its pages");
        }
        write(PageRecord.pages(image, run.flags(), run.vaddr(), run.nrPages()));
        if (content == null) {
            return;
        }
        while (content.hasRemaining()) {
            makeRoom(1);
            int bytes = Math.min(content.remaining(), out.remaining());
            out.put(content.slice().limit(bytes));
            content.position(content.position() + bytes);
        }
    }

    /** Sends a range of pages with generated content; if it is not present, only the record. */
    public void run(PageRun run, PageContent content) throws IOException {
        run(run, (ByteBuffer) null);
        if (run.isPresent()) {
            for (long i = 0; i < run.nrPages(); i++) {
                makeRoom(content.pageSizeBytes());
                content.put(image, run.vaddr() + i * content.pageSizeBytes(), out);
            }
        }
    }

    /** Sends a range of pages that are in the parent image. */
    public void hole(long vaddr, long nrPages) throws IOException {
        run(PageRun.inParent(vaddr, nrPages), (ByteBuffer) null);
    }

    /**
     * Ends the stream.
     *
     * @param end CLOSE or FORCE_CLOSE
     * @return the status; on 0 CRIU would now kill the tasks
     * @throws IOException if no status arrives
     */
    public int finish(PageCommand end) throws IOException {
        if (!end.endsStream()) {
            throw new IllegalArgumentException(end + " does not end a stream");
        }
        write(PageRecord.end(end));
        return answer(end).getInt();
    }

    /**
     * Sends a whole set and ends the stream with CLOSE.
     *
     * @return the status
     */
    public int dump(PageSet set) throws IOException {
        for (PageImage next : set.images()) {
            open(next.id());
            for (PageRun run : next.runs()) {
                run(run, set.content());
            }
        }
        return finish(PageCommand.CLOSE);
    }

    /**
     * Sends a whole set with prepared content instead of the set's own, and ends the stream with
     * CLOSE.
     *
     * @return the status
     */
    public int dump(PageSet set, PreparedPages pages) throws IOException {
        int pageSizeBytes = set.content().pageSizeBytes();
        for (PageImage next : set.images()) {
            open(next.id());
            for (PageRun run : next.runs()) {
                run(run, run.isPresent() ? pages.next(run.nrPages() * pageSizeBytes) : null);
            }
        }
        return finish(PageCommand.CLOSE);
    }

    /** Sends buffered records. */
    public void flush() throws IOException {
        out.flip();
        while (out.hasRemaining()) {
            socket.write(out);
        }
        out.clear();
    }

    /** Closes the socket; if the stream has not ended, the page server sees it break. */
    @Override
    public void close() throws IOException {
        socket.close();
    }

    private void write(PageRecord page) throws IOException {
        record.clear();
        layout.write(page, record);
        makeRoom(layout.bytes());
        out.put(record.nioBuffer());
    }

    private void makeRoom(int bytes) throws IOException {
        if (out.remaining() < bytes) {
            flush();
        }
    }

    private ByteBuffer answer(PageCommand asked) throws IOException {
        flush();
        ByteBuffer answer =
                ByteBuffer.allocateDirect(asked.answerBytes()).order(ByteOrder.LITTLE_ENDIAN);
        while (answer.hasRemaining()) {
            if (socket.read(answer) < 0) {
                throw new EOFException("the page server left without an answer to " + asked);
            }
        }
        return answer.flip();
    }
}
