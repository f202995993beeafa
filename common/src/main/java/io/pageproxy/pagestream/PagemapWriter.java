package io.pageproxy.pagestream;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;

/**
 * Writes a pagemap image that every CRIU reads: the number of pages stands where CRIU up to 4.1
 * looks for it, and where later ones do. {@code io.pageproxy.dest.pagemap.PagemapReader} documents
 * the format. Blocking; not thread-safe.
 */
public final class PagemapWriter implements Closeable {
    private static final int COMMON_MAGIC = 0x54564319;
    private static final int PAGEMAP_MAGIC = 0x56084025;
    private static final int HEAD_PAGES_ID = 1;
    private static final int ENTRY_VADDR = 1;
    private static final int ENTRY_NR_PAGES_OLD = 2;
    private static final int ENTRY_FLAGS = 4;
    private static final int ENTRY_NR_PAGES = 5;
    private static final long MAX_U32 = 0xffff_ffffL;

    private final OutputStream out;
    private final ByteArrayOutputStream message = new ByteArrayOutputStream();

    /**
     * Writes the head of the image.
     *
     * @param out should be buffered; closed with this
     * @param pagesId the pages are in {@code pages-<pagesId>.img}
     */
    public PagemapWriter(OutputStream out, long pagesId) throws IOException {
        this.out = out;
        word(COMMON_MAGIC);
        word(PAGEMAP_MAGIC);
        field(HEAD_PAGES_ID, pagesId);
        endMessage();
    }

    /**
     * Appends a run of pages.
     *
     * @param flags of {@link PageFlags}
     * @param vaddr address of the first page, in bytes
     */
    public void add(int flags, long vaddr, long nrPages) throws IOException {
        field(ENTRY_VADDR, vaddr);
        field(ENTRY_NR_PAGES_OLD, nrPages <= MAX_U32 ? nrPages : 0);
        field(ENTRY_FLAGS, flags);
        field(ENTRY_NR_PAGES, nrPages);
        endMessage();
    }

    private void field(int number, long value) {
        varint((long) number << 3);
        varint(value);
    }

    private void varint(long value) {
        long left = value;
        while ((left & ~0x7fL) != 0) {
            message.write((int) (left & 0x7f) | 0x80);
            left >>>= 7;
        }
        message.write((int) left);
    }

    private void endMessage() throws IOException {
        word(message.size());
        message.writeTo(out);
        message.reset();
    }

    private void word(int value) throws IOException {
        for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
            out.write(value >>> shift);
        }
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
