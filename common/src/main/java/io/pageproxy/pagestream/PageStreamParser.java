package io.pageproxy.pagestream;

import io.netty.buffer.ByteBuf;
import io.pageproxy.pagestream.ImageId.Kind;
import java.util.Locale;

/**
 * Parses the stream of one dumper record by record in either layout and accepts only what a push
 * session allows: an image is opened before pages are added to it, every range of pages is valid,
 * nothing arrives while the dumper should be waiting for a reply, and nothing follows the end.
 *
 * <p>It examines only records and skips pages by their count, so its cost does not depend on the
 * amount of page data. Not thread-safe: one session, one thread.
 *
 * <pre>
 *        +------------- answered() -----------+
 *        v                                    |
 *   RECORD --OPEN2, PARENT, CLOSE--> AWAITING_ANSWER
 *    |  ^
 *    |  +---- all pages seen -----+
 *    +--ADD_F with PRESENT--> PAYLOAD
 * </pre>
 */
public final class PageStreamParser {
    private final int pageSizeBytes;
    private final int pageShift;
    private RecordLayout layout;

    private PageCommand awaitingAnswerTo;
    private boolean ended;
    private boolean endedBeforeFirstImage;
    private long openDstId;
    private long payloadLeftBytes;

    private long streamBytes;
    private long records;
    private long processes;
    private long sharedMemories;
    private long pages;
    private long parentPages;

    /**
     * Creates a parser that detects the layout from the first record.
     *
     * @param pageSizeBytes the host's page size, a power of two
     */
    public PageStreamParser(int pageSizeBytes) {
        this(pageSizeBytes, null);
    }

    /** Creates a parser for a known layout. */
    public PageStreamParser(int pageSizeBytes, RecordLayout layout) {
        if (Integer.bitCount(pageSizeBytes) != 1) {
            throw new IllegalArgumentException(
                    "a page size is a power of two, not " + pageSizeBytes);
        }
        this.pageSizeBytes = pageSizeBytes;
        this.pageShift = Integer.numberOfTrailingZeros(pageSizeBytes);
        this.layout = layout;
    }

    /** The record layout; null until it is known. */
    public RecordLayout layout() {
        return layout;
    }

    /** Whether the stream was refused because it began with CLOSE: its dump has failed. */
    public boolean endedBeforeFirstImage() {
        return endedBeforeFirstImage;
    }

    /** Whether CLOSE or FORCE_CLOSE has been seen. */
    public boolean ended() {
        return ended;
    }

    /** The command whose reply the dumper is waiting for; null if none. */
    public PageCommand awaitingAnswerTo() {
        return awaitingAnswerTo;
    }

    /** Records that the dumper has received the reply it was waiting for. */
    public void answered() {
        awaitingAnswerTo = null;
    }

    /** Whether more pages of the current record must arrive before the next record. */
    public boolean insidePages() {
        return payloadLeftBytes > 0;
    }

    /** Totals so far. */
    public StreamTotals totals() {
        return new StreamTotals(
                streamBytes, records, processes, sharedMemories, pages, parentPages);
    }

    /**
     * Consumes pages to the last byte, and records once they are complete. The remaining unread
     * bytes are the start of a record, fewer than {@link RecordLayout#MAX_BYTES}.
     *
     * @throws PageStreamException if the stream violates the protocol; the parser must not be used
     *     afterwards
     */
    public void parse(ByteBuf in, PageStreamListener listener) {
        while (in.isReadable()) {
            if (payloadLeftBytes > 0) {
                consumePayload(in, listener);
            } else if (!consumeRecord(in, listener)) {
                return;
            }
        }
    }

    private void consumePayload(ByteBuf in, PageStreamListener listener) {
        int lengthBytes = (int) Math.min(payloadLeftBytes, in.readableBytes());
        listener.onPages(in, in.readerIndex(), lengthBytes);
        in.skipBytes(lengthBytes);
        payloadLeftBytes -= lengthBytes;
        streamBytes += lengthBytes;
    }

    private boolean consumeRecord(ByteBuf in, PageStreamListener listener) {
        refuseUnexpectedData(in);
        if (in.readableBytes() < RecordLayout.DETECTION_BYTES) {
            return false;
        }
        if (records == 0) {
            refuseImmediateClose(in);
            layout = layout == null ? RecordLayout.detect(in) : layout;
        }
        if (in.readableBytes() < layout.bytes()) {
            return false;
        }
        PageRecord page = validRecord(in);
        in.skipBytes(layout.bytes());
        streamBytes += layout.bytes();
        records++;
        account(page);
        listener.onRecord(page);
        return true;
    }

    private void refuseUnexpectedData(ByteBuf in) {
        if (ended) {
            throw violation("nothing after CLOSE", in.readableBytes() + " more bytes");
        }
        if (awaitingAnswerTo != null) {
            throw violation(
                    "nothing before " + awaitingAnswerTo + " is answered",
                    in.readableBytes() + " more bytes");
        }
    }

    /**
     * Refuses a stream that starts with CLOSE, as a dump does that fails before its first image.
     * Such a record has only zeros besides its command, so it does not reveal the layout, and
     * waiting for more bytes would never end.
     */
    private void refuseImmediateClose(ByteBuf in) {
        int code = RecordLayout.commandCode(in, in.readerIndex());
        PageCommand command = PageCommand.ofCode(code);
        if (command == PageCommand.OPEN2 || command == PageCommand.PARENT) {
            return;
        }
        String came = command == null ? describe(code) : command.toString();
        endedBeforeFirstImage = command != null && command.endsStream();
        throw violation(
                "OPEN2 or PARENT first",
                endedBeforeFirstImage ? came + " of a dump that failed" : came);
    }

    private PageRecord validRecord(ByteBuf in) {
        int code = RecordLayout.commandCode(in, in.readerIndex());
        PageCommand command = PageCommand.ofCode(code);
        if (command == null) {
            throw violation(
                    "a command of a push session (OPEN2, PARENT, ADD_F, CLOSE, FORCE_CLOSE)",
                    describe(code));
        }
        PageRecord page = layout.get(in, in.readerIndex(), command);
        switch (command) {
            case OPEN2, PARENT -> validateOpening(page);
            case ADD_F -> validatePages(page);
            case CLOSE, FORCE_CLOSE -> {}
        }
        return page;
    }

    private void validateOpening(PageRecord page) {
        if (page.nrPages() != 0 || page.vaddr() != 0 || page.flags() != 0) {
            throw violation(
                    page.command() + " with nr_pages, vaddr and flags 0",
                    page.nrPages() + ", 0x" + Long.toHexString(page.vaddr()) + ", " + page.flags());
        }
        if (ImageId.ofDstId(page.dstId()) == null) {
            throw violation(
                    page.command() + " of a process or a shared memory object",
                    "dst_id 0x" + Long.toHexString(page.dstId()));
        }
    }

    private void validatePages(PageRecord page) {
        if (openDstId == 0 || page.dstId() != openDstId) {
            throw violation(
                    openDstId == 0 ? "OPEN2 first" : "pages of dst_id 0x" + hex(openDstId),
                    "pages of dst_id 0x" + hex(page.dstId()));
        }
        if (page.flags() == 0 || (page.flags() & ~PageFlags.ALL) != 0) {
            throw violation("flags of PARENT 1, LAZY 2, PRESENT 4", "flags " + page.flags());
        }
        if (page.nrPages() <= 0 || page.nrPages() > PageRecord.MAX_NR_PAGES) {
            throw violation(
                    "1 to 2^46 pages in a run", Long.toUnsignedString(page.nrPages()) + " pages");
        }
        if ((page.vaddr() & (pageSizeBytes - 1)) != 0) {
            throw violation(
                    "an address that is a multiple of the page size " + pageSizeBytes,
                    "0x" + hex(page.vaddr()));
        }
        long lastPage = (page.vaddr() >>> pageShift) + page.nrPages() - 1;
        if (lastPage >>> (Long.SIZE - pageShift) != 0) {
            throw violation(
                    "a run inside the address space",
                    page.nrPages() + " pages at 0x" + hex(page.vaddr()));
        }
    }

    private void account(PageRecord page) {
        switch (page.command()) {
            case OPEN2 -> {
                openDstId = page.dstId();
                if (ImageId.ofDstId(page.dstId()).kind() == Kind.PROCESS) {
                    processes++;
                } else {
                    sharedMemories++;
                }
            }
            case ADD_F -> {
                if (page.hasPayload()) {
                    pages += page.nrPages();
                    payloadLeftBytes = page.nrPages() << pageShift;
                } else if ((page.flags() & PageFlags.PARENT) != 0) {
                    parentPages += page.nrPages();
                }
            }
            case CLOSE, FORCE_CLOSE -> ended = true;
            case PARENT -> {}
        }
        if (page.command().answerBytes() > 0) {
            awaitingAnswerTo = page.command();
        }
    }

    private static String describe(int code) {
        String name =
                switch (code) {
                    case 1, 2, 3 -> " (of a CRIU before 3.0)";
                    case 7 -> " (GET, of a lazy migration)";
                    default -> "";
                };
        return "command 0x" + Integer.toHexString(code) + name;
    }

    private static String hex(long value) {
        return Long.toHexString(value);
    }

    private PageStreamException violation(String expected, String came) {
        return new PageStreamException(
                String.format(
                        Locale.ROOT,
                        "page stream at byte %d: expected %s, but %s came",
                        streamBytes,
                        expected,
                        came));
    }
}
