package io.pageproxy.pagestream;

import io.netty.buffer.ByteBuf;
import io.pageproxy.pagestream.ImageId.Kind;
import java.util.Locale;

/**
 * Follows the stream of one dumper record by record, in either layout, and lets only pass what a
 * push session needs: an image is opened before pages go to it, every run of pages is sane, nothing
 * comes while the dumper should be waiting for an answer, nothing comes after the end.
 *
 * <p>It looks at records only and skips pages by their count, so its cost does not grow with them.
 * Not thread-safe: one session, one thread.
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
    /**
     * No run of pages is longer: at 4 KiB a page this is more than any address space of user
     * memory, and at 64 KiB its bytes can still be counted.
     */
    public static final long MAX_NR_PAGES = 1L << 46;

    private final int pageSizeBytes;
    private final int pageShift;
    private RecordLayout layout;

    private PageCommand awaitingAnswerTo;
    private boolean ended;
    private long openDstId;
    private long payloadLeftBytes;

    private long streamBytes;
    private long records;
    private long processes;
    private long sharedMemories;
    private long pages;
    private long parentPages;

    /**
     * A parser that tells the layout from the first record.
     *
     * @param pageSizeBytes the host's page size, a power of two
     */
    public PageStreamParser(int pageSizeBytes) {
        this(pageSizeBytes, null);
    }

    /** A parser of a stream whose layout is known. */
    public PageStreamParser(int pageSizeBytes, RecordLayout layout) {
        if (Integer.bitCount(pageSizeBytes) != 1) {
            throw new IllegalArgumentException(
                    "a page size is a power of two, not " + pageSizeBytes);
        }
        this.pageSizeBytes = pageSizeBytes;
        this.pageShift = Integer.numberOfTrailingZeros(pageSizeBytes);
        this.layout = layout;
    }

    /** The layout spoken; null until it is known. */
    public RecordLayout layout() {
        return layout;
    }

    /** Whether CLOSE or FORCE_CLOSE has been seen. */
    public boolean ended() {
        return ended;
    }

    /** The command whose answer the dumper is waiting for; null: none. */
    public PageCommand awaitingAnswerTo() {
        return awaitingAnswerTo;
    }

    /** The dumper has been given the answer that it was waiting for. */
    public void answered() {
        awaitingAnswerTo = null;
    }

    /** Whether more of a run's pages must come before anything else can. */
    public boolean insidePages() {
        return payloadLeftBytes > 0;
    }

    /** What has been seen so far. */
    public StreamTotals totals() {
        return new StreamTotals(
                streamBytes, records, processes, sharedMemories, pages, parentPages);
    }

    /**
     * Consumes all that is whole: pages to the last byte, records only when all of one is readable.
     * What is left unread is the beginning of a record, fewer than {@link RecordLayout#MAX_BYTES}.
     *
     * @throws PageStreamException where the stream breaks the protocol; the parser must then be
     *     given up
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
        refuseIfNothingMayCome(in);
        if (in.readableBytes() < RecordLayout.DETECTION_BYTES) {
            return false;
        }
        if (records == 0) {
            refuseUnlessOpening(in);
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

    private void refuseIfNothingMayCome(ByteBuf in) {
        if (ended) {
            throw broken("nothing after CLOSE", in.readableBytes() + " more bytes");
        }
        if (awaitingAnswerTo != null) {
            throw broken(
                    "nothing before " + awaitingAnswerTo + " is answered",
                    in.readableBytes() + " more bytes");
        }
    }

    /**
     * A dump that fails before its first image says CLOSE at once. All of that record is 0 but its
     * command, so it shows no layout, and to wait for more of it would be to wait for ever.
     */
    private void refuseUnlessOpening(ByteBuf in) {
        int code = RecordLayout.commandCode(in, in.readerIndex());
        PageCommand command = PageCommand.ofCode(code);
        if (command == PageCommand.OPEN2 || command == PageCommand.PARENT) {
            return;
        }
        String came = command == null ? describe(code) : command.toString();
        throw broken(
                "OPEN2 or PARENT first",
                command != null && command.endsStream() ? came + " of a dump that failed" : came);
    }

    private PageRecord validRecord(ByteBuf in) {
        int code = RecordLayout.commandCode(in, in.readerIndex());
        PageCommand command = PageCommand.ofCode(code);
        if (command == null) {
            throw broken(
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
            throw broken(
                    page.command() + " with nr_pages, vaddr and flags 0",
                    page.nrPages() + ", 0x" + Long.toHexString(page.vaddr()) + ", " + page.flags());
        }
        if (ImageId.ofDstId(page.dstId()) == null) {
            throw broken(
                    page.command() + " of a process or a shared memory object",
                    "dst_id 0x" + Long.toHexString(page.dstId()));
        }
    }

    private void validatePages(PageRecord page) {
        if (openDstId == 0 || page.dstId() != openDstId) {
            throw broken(
                    openDstId == 0 ? "OPEN2 first" : "pages of dst_id 0x" + hex(openDstId),
                    "pages of dst_id 0x" + hex(page.dstId()));
        }
        if (page.flags() == 0 || (page.flags() & ~PageFlags.ALL) != 0) {
            throw broken("flags of PARENT 1, LAZY 2, PRESENT 4", "flags " + page.flags());
        }
        if (page.nrPages() <= 0 || page.nrPages() > MAX_NR_PAGES) {
            throw broken(
                    "1 to 2^46 pages in a run", Long.toUnsignedString(page.nrPages()) + " pages");
        }
        if ((page.vaddr() & (pageSizeBytes - 1)) != 0) {
            throw broken(
                    "an address that is a multiple of the page size " + pageSizeBytes,
                    "0x" + hex(page.vaddr()));
        }
        long lastPage = (page.vaddr() >>> pageShift) + page.nrPages() - 1;
        if (lastPage >>> (Long.SIZE - pageShift) != 0) {
            throw broken(
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

    private PageStreamException broken(String expected, String came) {
        return new PageStreamException(
                String.format(
                        Locale.ROOT,
                        "page stream at byte %d: expected %s, but %s came",
                        streamBytes,
                        expected,
                        came));
    }
}
