package io.pageproxy.pagestream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayDeque;
import java.util.Queue;

/**
 * Follows what answers a lazy-pages daemon's requests: to each, in their order, one record ADD_F
 * with PRESENT for the same process and address, and its pages: as many as were asked for, or
 * fewer. What was not asked for is an error, since the daemon would fail on it. Not thread-safe.
 *
 * <pre>
 *   RECORD --whole, as asked--> PAYLOAD --all pages seen--> RECORD
 * </pre>
 */
public final class LazyReplies {
    /** So many requests may wait for their pages. CRIU has one a task, and one a fault. */
    static final int MAX_OUTSTANDING = 1 << 16;

    private final RecordLayout layout;
    private final int pageSizeBytes;
    private final Queue<PageRequest> outstanding = new ArrayDeque<>();
    private final ByteBuf partial = Unpooled.buffer(RecordLayout.MAX_BYTES, RecordLayout.MAX_BYTES);
    private long payloadBytes;
    private long streamBytes;
    private long records;
    private long pages;

    /** A follower of one stream of answers, whose records have that layout. */
    public LazyReplies(RecordLayout layout, int pageSizeBytes) {
        this.layout = layout;
        this.pageSizeBytes = pageSizeBytes;
    }

    /**
     * That was asked for.
     *
     * @throws PageStreamException where too much is unanswered
     */
    public void asked(PageRequest request) {
        requireRoom(outstanding.size());
        outstanding.add(request);
    }

    /**
     * Lets a daemon have one more request that is not answered yet.
     *
     * @throws PageStreamException where it has so many already that something is wrong with it
     */
    public static void requireRoom(int unanswered) {
        if (unanswered >= MAX_OUTSTANDING) {
            throw new PageStreamException(
                    "expected at most " + MAX_OUTSTANDING + " unanswered GETs, but one more came");
        }
    }

    /** Follows a piece of the answers, as {@link #read(ByteBuf, LazyReplyListener)} does. */
    public void read(ByteBuf in) {
        read(in, LazyReplyListener.NONE);
    }

    /**
     * Follows a piece of the answers.
     *
     * @param in is read until its end, or until nothing is outstanding any more: what then is left
     *     is no answer
     * @throws PageStreamException at the first thing that was not asked for
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
        PageRequest asked = outstanding.remove();
        int code = RecordLayout.commandCode(partial, 0);
        PageRecord reply = layout.get(partial, 0, PageCommand.ADD_F);
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
        payloadBytes = reply.nrPages() * pageSizeBytes;
        records++;
        pages += reply.nrPages();
        listener.onReply(asked, (int) reply.nrPages());
    }

    /** Whether no answer is awaited and none is under way. */
    public boolean isIdle() {
        return outstanding.isEmpty() && betweenReplies();
    }

    /** Whether what was followed ends where an answer does. */
    public boolean betweenReplies() {
        return payloadBytes == 0 && !partial.isReadable();
    }

    /** What was followed so far; the records of the answers, and their pages. */
    public StreamTotals totals() {
        return new StreamTotals(streamBytes, records, 0, 0, pages, 0);
    }
}
