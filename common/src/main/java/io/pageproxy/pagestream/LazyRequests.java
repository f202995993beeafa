package io.pageproxy.pagestream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.function.Consumer;

/**
 * Parses the requests of a lazy-pages daemon: any number of GET, then CLOSE or FORCE_CLOSE and
 * nothing after it. Not thread-safe.
 */
public final class LazyRequests {
    private final RecordLayout layout;
    private final int pageSizeBytes;
    private final ByteBuf partial = Unpooled.buffer(RecordLayout.MAX_BYTES, RecordLayout.MAX_BYTES);
    private boolean closed;

    /** Creates a parser for one daemon with the given layout. */
    public LazyRequests(RecordLayout layout, int pageSizeBytes) {
        this.layout = layout;
        this.pageSizeBytes = pageSizeBytes;
    }

    /**
     * Parses more bytes; a record may arrive in pieces.
     *
     * @param in read to its end
     * @throws PageStreamException if anything but these three commands is received
     */
    public void read(ByteBuf in, Consumer<PageRequest> requests) {
        while (in.isReadable()) {
            if (closed) {
                throw new PageStreamException("expected nothing after CLOSE, but more came");
            }
            int missingBytes = layout.bytes() - partial.readableBytes();
            partial.writeBytes(in, Math.min(missingBytes, in.readableBytes()));
            if (partial.readableBytes() == layout.bytes()) {
                takeRecord(requests);
                partial.clear();
            }
        }
    }

    private void takeRecord(Consumer<PageRequest> requests) {
        int code = RecordLayout.commandCode(partial, 0);
        PageRecord fields = layout.get(partial, 0, null);
        if (code == PageRequest.GET && fields.flags() == 0) {
            PageRequest request = new PageRequest(fields.nrPages(), fields.vaddr(), fields.dstId());
            if (request.vaddr() % pageSizeBytes != 0) {
                throw new PageStreamException(
                        "expected a GET of whole pages, but its address is "
                                + Long.toHexString(request.vaddr()));
            }
            requests.accept(request);
        } else if (code == PageCommand.CLOSE.code() || code == PageCommand.FORCE_CLOSE.code()) {
            closed = true;
        } else {
            throw new PageStreamException(
                    "expected GET, CLOSE or FORCE_CLOSE in records of "
                            + layout.bytes()
                            + " bytes, but command 0x"
                            + Integer.toHexString(code)
                            + " came");
        }
    }

    /** Whether CLOSE or FORCE_CLOSE was received. */
    public boolean closed() {
        return closed;
    }
}
