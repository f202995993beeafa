package io.pageproxy.pagestream;

import io.netty.buffer.ByteBuf;

/**
 * What the lazy-pages daemon asks for: CRIU's GET, in the terms of both record layouts.
 *
 * @param nrPages how many pages; 1 to {@link #MAX_NR_PAGES}
 * @param vaddr the first page's address in bytes; not negative
 * @param dstId whose pages, as the daemon says it: the pid of a process; not negative
 */
public record PageRequest(long nrPages, long vaddr, long dstId) {
    /** CRIU's GET, see {@code criu/page-xfer.c}. */
    static final int GET = 7;

    /** What one request may ask for: 1 GiB in pages of 4 KiB. CRIU's own asks for 4 MiB at most. */
    public static final long MAX_NR_PAGES = 1L << 18;

    /**
     * Checks the ranges.
     *
     * @throws PageStreamException that says which is not kept
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

    /** Appends the record that CRIU takes for it. */
    public void write(RecordLayout layout, ByteBuf out) {
        layout.write(GET, nrPages, vaddr, dstId, out);
    }
}
