package io.pageproxy.pagestream;

import io.netty.buffer.ByteBuf;

/**
 * Layout of CRIU's {@code struct page_server_iov}: field offsets in bytes, little-endian. Both
 * layouts were observed with real CRIU versions; the protocol does not identify the layout, but see
 * {@link #detect}.
 *
 * <pre>
 *  BYTES_24, up to CRIU 4.1          BYTES_32, from CRIU 4.2
 *   0  u32 command | flags << 16      0  u32 command | flags << 16
 *   4  u32 nr_pages                   4  (padding, may hold garbage)
 *   8  u64 vaddr                      8  u64 nr_pages
 *  16  u64 dst_id                    16  u64 vaddr
 *                                    24  u64 dst_id
 * </pre>
 */
public enum RecordLayout {
    /** The layout up to CRIU 4.1. */
    BYTES_24(24, 8, 16),
    /** The layout from CRIU 4.2. */
    BYTES_32(32, 16, 24);

    /** Length of the longest record. */
    public static final int MAX_BYTES = 32;

    /** Bytes of the first record that are needed to detect its layout; no record is shorter. */
    public static final int DETECTION_BYTES = 24;

    private static final int COMMAND_OFFSET = 0;
    private static final int COMMAND_MASK = 0xffff;
    private static final int FLAGS_SHIFT = 16;
    private static final int NR_PAGES_32_OFFSET = 4;
    private static final int NR_PAGES_64_OFFSET = 8;
    private static final int DETECTION_OFFSET = 16;
    private static final long MAX_U32 = 0xffff_ffffL;

    private final int bytes;
    private final int vaddrOffset;
    private final int dstIdOffset;

    RecordLayout(int bytes, int vaddrOffset, int dstIdOffset) {
        this.bytes = bytes;
        this.vaddrOffset = vaddrOffset;
        this.dstIdOffset = dstIdOffset;
    }

    /** The length of a record in bytes. */
    public int bytes() {
        return bytes;
    }

    /** Returns the layout with the given record length. */
    public static RecordLayout ofBytes(int bytes) {
        return switch (bytes) {
            case 24 -> BYTES_24;
            case 32 -> BYTES_32;
            default ->
                    throw new IllegalArgumentException("a record has 24 or 32 bytes, not " + bytes);
        };
    }

    /** Largest nr_pages that this layout can represent. */
    public long maxNrPages() {
        return this == BYTES_24 ? MAX_U32 : PageRecord.MAX_NR_PAGES;
    }

    /**
     * Detects the layout from the first record, of which {@link #DETECTION_BYTES} must be readable.
     * That record is OPEN2 or PARENT; its vaddr is 0 and its dst_id is not, because the low byte of
     * a dst_id is the image type even if the id is 0. The word at offset 16 is one or the other.
     */
    static RecordLayout detect(ByteBuf in) {
        return in.getLongLE(in.readerIndex() + DETECTION_OFFSET) != 0 ? BYTES_24 : BYTES_32;
    }

    /** Returns the command code at an index. */
    static int commandCode(ByteBuf in, int index) {
        return in.getIntLE(index + COMMAND_OFFSET) & COMMAND_MASK;
    }

    /** Reads the record at an index with a known command; the buffer's indexes are unchanged. */
    PageRecord get(ByteBuf in, int index, PageCommand command) {
        int flags = in.getIntLE(index + COMMAND_OFFSET) >>> FLAGS_SHIFT;
        long nrPages =
                this == BYTES_24
                        ? in.getUnsignedIntLE(index + NR_PAGES_32_OFFSET)
                        : in.getLongLE(index + NR_PAGES_64_OFFSET);
        return new PageRecord(
                command,
                flags,
                nrPages,
                in.getLongLE(index + vaddrOffset),
                in.getLongLE(index + dstIdOffset));
    }

    /**
     * Appends a record.
     *
     * @throws PageStreamException if this layout cannot represent the number of pages
     */
    public void write(PageRecord page, ByteBuf out) {
        if (page.nrPages() > maxNrPages()) {
            throw new PageStreamException(
                    "a run of "
                            + page.nrPages()
                            + " pages does not fit a record of "
                            + bytes
                            + " bytes");
        }
        int word = page.command().code() | page.flags() << FLAGS_SHIFT;
        write(word, page.nrPages(), page.vaddr(), page.dstId(), out);
    }

    /** Appends a record whose values fit the layout. */
    void write(int word, long nrPages, long vaddr, long dstId, ByteBuf out) {
        out.writeIntLE(word);
        if (this == BYTES_24) {
            out.writeIntLE((int) nrPages);
        } else {
            out.writeIntLE(0);
            out.writeLongLE(nrPages);
        }
        out.writeLongLE(vaddr);
        out.writeLongLE(dstId);
    }
}
