package io.pageproxy.pagestream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayDeque;
import java.util.Queue;

/**
 * Validates the replies to a lazy-pages daemon. Each request is answered in order by one record
 * ADD_F with PRESENT for the same process and address, followed by the requested pages or fewer.
 * Requests that are demanded may be answered before those that are not. Anything else is an error,
 * because the daemon would fail on it. Not thread-safe.
 *
 * <pre>
 *   RECORD --complete, as requested--> PAYLOAD --all pages seen--> RECORD
 * </pre>
 */
public final class LazyReplies {
    /** Maximum number of unanswered requests. CRIU has one per task and one per fault. */
    static final int MAX_OUTSTANDING = 1 << 16;

    private final RecordLayout layout;
    private final int pageSizeBytes;
    private final Queue<PageRequest> outstanding = new ArrayDeque<>();
    private final Queue<PageRequest> demanded = new ArrayDeque<>();
    private final ByteBuf partial = Unpooled.buffer(RecordLayout.MAX_BYTES, RecordLayout.MAX_BYTES);
    private long unansweredPages;
    private long payloadBytes;
    private long streamBytes;
    private long records;
    private long pages;

    /** Creates a validator of one stream of replies with the given layout. */
    public LazyReplies(RecordLayout layout, int pageSizeBytes) {
        this.layout = layout;
        this.pageSizeBytes = pageSizeBytes;
    }

    /**
     * Records a request.
     *
     * @throws PageStreamException if too many requests are unanswered
     */
    public void asked(PageRequest request) {
        requireRoom(unanswered());
        outstanding.add(request);
        unansweredPages += request.nrPages();
    }

    /**
     * Records a request whose reply may come before those of requests that are not demanded.
     *
     * @throws PageStreamException if too many requests are unanswered
     */
    public void demanded(PageRequest request) {
        requireRoom(unanswered());
        demanded.add(request);
        unansweredPages += request.nrPages();
    }

    /** Number of requests whose reply has not begun. */
    public int unanswered() {
        return outstanding.size() + demanded.size();
    }

    /** Number of pages that these request. */
    public long unansweredPages() {
        return unansweredPages;
    }

    /**
     * Checks that one more request may be unanswered.
     *
     * @throws PageStreamException if so many requests are unanswered that the daemon must be faulty
     */
    public static void requireRoom(int unanswered) {
        if (unanswered >= MAX_OUTSTANDING) {
            throw new PageStreamException(
                    "expected at most " + MAX_OUTSTANDING + " unanswered GETs, but one more came");
        }
    }

    /** Validates a part of the replies, like {@link #read(ByteBuf, LazyReplyListener)}. */
    public void read(ByteBuf in) {
        read(in, LazyReplyListener.NONE);
    }

    /**
     * Validates a part of the replies.
     *
     * @param in read to its end, or until no request is outstanding; the remaining bytes are not
     *     part of a reply
     * @throws PageStreamException if something was not requested
     */
    public void read(ByteBuf in, LazyReplyListener listener) {
        int startIndex = in.readerIndex();
        while (in.isReadable() && !isIdle()) {
            if (payloadBytes > 0) {
                int bytes = (int) Math.min(payloadBytes, in.readableBytes());
                listener.onPages(in.readSlice(bytes));
                payloadBytes -= bytes;
            } else {
                int missingBytes = layout.bytes() - partial.readableBytes();
                partial.writeBytes(in, Math.min(missingBytes, in.readableBytes()));
                if (partial.readableBytes() == layout.bytes()) {
                    takeRecord(listener);
                    partial.clear();
                }
            }
        }
        streamBytes += in.readerIndex() - startIndex;
    }

    private void takeRecord(LazyReplyListener listener) {
        int code = RecordLayout.commandCode(partial, 0);
        PageRecord reply = layout.get(partial, 0, PageCommand.ADD_F);
        boolean first = outstanding.isEmpty() || isFor(demanded.peek(), reply);
        PageRequest asked = (first ? demanded : outstanding).remove();
        if (code != PageCommand.ADD_F.code()
                || reply.flags() != PageFlags.PRESENT
                || reply.vaddr() != asked.vaddr()
                || reply.dstId() != asked.dstId()
                || reply.nrPages() < 1
                || reply.nrPages() > asked.nrPages()) {
            throw new PageStreamException(
                    "expected the pages of %s, but command 0x%x with flags %d, %d pages at 0x%x of %d came"
                            .formatted(
                                    asked,
                                    code,
                                    reply.flags(),
                                    reply.nrPages(),
                                    reply.vaddr(),
                                    reply.dstId()));
        }
        unansweredPages -= asked.nrPages();
        payloadBytes = reply.nrPages() * pageSizeBytes;
        records++;
        pages += reply.nrPages();
        listener.onReply(asked, (int) reply.nrPages());
    }

    private static boolean isFor(PageRequest request, PageRecord reply) {
        return request != null
                && request.vaddr() == reply.vaddr()
                && request.dstId() == reply.dstId();
    }

    /** Whether no reply is awaited or incomplete. */
    public boolean isIdle() {
        return unanswered() == 0 && betweenReplies();
    }

    /** Whether the bytes read so far end at the end of a reply. */
    public boolean betweenReplies() {
        return payloadBytes == 0 && !partial.isReadable();
    }

    /** Totals of the replies so far. */
    public StreamTotals totals() {
        return new StreamTotals(streamBytes, records, 0, 0, pages, 0);
    }
}
