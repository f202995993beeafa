package io.pageproxy.testkit;

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
 * The dumper's side of CRIU's page-server protocol over a connected, blocking socket: what {@code
 * criu dump --page-server} does, driven by hand record by record, or with {@link #dump} as a whole.
 *
 * <p>As CRIU does, it holds back what is small until it wants an answer or has much to say. Not
 * thread-safe; {@link #close} may come from any thread and ends a call that blocks.
 */
public final class BuiltInDumper implements AutoCloseable {
    private static final int BUFFER_BYTES = 1 << 20;

    private final ByteChannel socket;
    private final RecordLayout layout;
    private final ByteBuffer out = ByteBuffer.allocateDirect(BUFFER_BYTES);
    private final ByteBuf record = Unpooled.buffer(RecordLayout.MAX_BYTES);
    private ImageId image;

    /**
     * A dumper on a socket that is connected.
     *
     * @param socket blocking; owned by the dumper from now on
     */
    public BuiltInDumper(ByteChannel socket, RecordLayout layout) {
        this.socket = socket;
        this.layout = layout;
    }

    /**
     * Connects as {@code criu dump --address --port} would.
     *
     * @throws IOException that names the address where nobody listens there
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
     * Opens an image (OPEN2); pages that follow are its.
     *
     * @return whether the page server has a parent of it
     */
    public boolean open(ImageId opened) throws IOException {
        image = opened;
        write(PageRecord.of(PageCommand.OPEN2, opened));
        return answer(PageCommand.OPEN2).get() != 0;
    }

    /** Asks whether a parent image exists (PARENT). */
    public boolean hasParent(ImageId asked) throws IOException {
        write(PageRecord.of(PageCommand.PARENT, asked));
        return answer(PageCommand.PARENT).getInt() != 0;
    }

    /**
     * Sends a run of pages (ADD_F) of the image that is open.
     *
     * @param content all bytes of the run's pages, to its limit, if the run is present; else null
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

    /** Sends a run of pages whose content the generator makes; of others only the record. */
    public void run(PageRun run, PageContent content) throws IOException {
        run(run, (ByteBuffer) null);
        if (run.isPresent()) {
            for (long i = 0; i < run.nrPages(); i++) {
                makeRoom(content.pageSizeBytes());
                content.put(image, run.vaddr() + i * content.pageSizeBytes(), out);
            }
        }
    }

    /** Says that pages of the image that is open are in the parent's. */
    public void hole(long vaddr, long nrPages) throws IOException {
        run(PageRun.inParent(vaddr, nrPages), (ByteBuffer) null);
    }

    /**
     * Ends the stream.
     *
     * @param end CLOSE or FORCE_CLOSE
     * @return the status: with 0 CRIU would now kill the tasks
     * @throws IOException where no status comes
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
     * The same with content that was made before, whatever the set's own would be.
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

    /** Sends what was held back. */
    public void flush() throws IOException {
        out.flip();
        while (out.hasRemaining()) {
            socket.write(out);
        }
        out.clear();
    }

    /** Closes the socket; where the stream has not ended the page server sees it break. */
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
