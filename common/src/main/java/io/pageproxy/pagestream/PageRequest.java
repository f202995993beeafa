package io.pageproxy.pagestream;

import io.netty.buffer.ByteBuf;

/**
 * A request of the lazy-pages daemon: CRIU's GET, independent of the record layout.
 *
 * @param nrPages number of pages; 1 to {@link #MAX_NR_PAGES}
 * @param vaddr the first page's address in bytes; not negative
 * @param dstId the PID of the process as sent by the daemon; not negative
 */
public record PageRequest(long nrPages, long vaddr, long dstId) {
    /** Code of CRIU's GET, see {@code criu/page-xfer.c}. */
    static final int GET = 7;

    /**
     * Maximum number of pages of one request: 1 GiB in pages of 4 KiB. CRIU requests at most 4 MiB.
     */
    public static final long MAX_NR_PAGES = 1L << 18;

    /**
     * Validates the ranges.
     *
     * @throws PageStreamException if a value is out of range; the message names it
     */
    public PageRequest {
        if (nrPages < 1 || nrPages > MAX_NR_PAGES) {
            throw new PageStreamException(
                    "expected a GET of 1 to " + MAX_NR_PAGES + " pages, but of " + nrPages);
        }
        if (vaddr < 0 || dstId < 0) {
            throw new PageStreamException(
                    "expected an address and a process, but GET says " + vaddr + " and " + dstId);
        }
    }

    /** Appends the request as a record. */
    public void write(RecordLayout layout, ByteBuf out) {
        layout.write(GET, nrPages, vaddr, dstId, out);
    }
}
