package io.pageproxy.dest.pagemap;

import io.pageproxy.pagestream.PageFlags;
import io.pageproxy.pagestream.PageRecord;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/**
 * Reads a pagemap image of CRIU range by range in constant memory for any file content. Source:
 * {@code images/pagemap.proto}, {@code criu/include/magic.h} and {@code criu/pagemap.c} of CRIU.
 *
 * <pre>
 *  u32 0x54564319 | u32 0x56084025              little-endian, as all u32 here
 *  u32 length | pagemap_head  { 1: uint32 pages_id }
 *  u32 length | pagemap_entry { 1: uint64 vaddr   2: uint32 nr_pages up to CRIU 4.1
 *                               3: bool in_parent 4: uint32 flags   5: uint64 nr_pages }
 *  u32 length | pagemap_entry ...               up to the end of the file
 * </pre>
 *
 * Images of old CRIU versions have no flags: their pages are PRESENT unless {@code in_parent} is
 * set.
 *
 * <p>Not thread-safe; can be reused for several files.
 */
public final class PagemapReader {
    public static final int COMMON_MAGIC = 0x54564319;
    public static final int PAGEMAP_MAGIC = 0x56084025;

    /** Maximum length of a head or entry; real ones have less than 40 bytes. */
    static final int MAX_ENTRY_BYTES = 64 * 1024;

    private static final int HEAD_PAGES_ID = 1;
    private static final int ENTRY_VADDR = 1;
    private static final int ENTRY_NR_PAGES_OLD = 2;
    private static final int ENTRY_IN_PARENT = 3;
    private static final int ENTRY_FLAGS = 4;
    private static final int ENTRY_NR_PAGES = 5;
    private static final long MAX_U32 = 0xffff_ffffL;
    private static final int BUFFER_BYTES = 32 * 1024;

    private final byte[] entry = new byte[MAX_ENTRY_BYTES];
    private final ByteBuffer word =
            ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private InputStream in;
    private long offsetBytes;
    private long nextOffsetBytes;

    /**
     * Reads a pagemap image.
     *
     * @param runs receives its page ranges
     * @return its pages_id, 0 to 2^32 - 1: the pages are in {@code pages-<pages_id>.img}
     * @throws PagemapException if it is not a complete pagemap image
     * @throws IOException if it cannot be read or is a symbolic link
     */
    public long read(Path file, Runs runs) throws IOException {
        try (InputStream raw = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
            in = new BufferedInputStream(raw, BUFFER_BYTES);
            nextOffsetBytes = 0;
            return readImage(runs);
        } catch (PagemapException e) {
            throw new PagemapException(
                    file.getFileName() + " at byte " + offsetBytes + ": " + e.getMessage());
        } finally {
            in = null;
        }
    }

    private long readImage(Runs runs) throws IOException {
        expectMagic(COMMON_MAGIC);
        expectMagic(PAGEMAP_MAGIC);
        int headBytes = readEntry();
        if (headBytes < 0) {
            throw new PagemapException("it ends before its head");
        }
        long pagesId = pagesIdOf(new ProtobufFields(entry, headBytes));
        for (int bytes = readEntry(); bytes >= 0; bytes = readEntry()) {
            addRun(new ProtobufFields(entry, bytes), runs);
        }
        return pagesId;
    }

    private void expectMagic(int magic) throws IOException {
        if (!readWord()) {
            throw new PagemapException("it ends before its magic 0x" + Integer.toHexString(magic));
        }
        if (word.getInt(0) != magic) {
            throw new PagemapException(
                    "expected magic 0x"
                            + Integer.toHexString(magic)
                            + ", but 0x"
                            + Integer.toHexString(word.getInt(0))
                            + " is there");
        }
    }

    /**
     * Reads a length and the following message; returns the length, or -1 at the end of the file.
     */
    private int readEntry() throws IOException {
        if (!readWord()) {
            return -1;
        }
        long lengthBytes = Integer.toUnsignedLong(word.getInt(0));
        if (lengthBytes > MAX_ENTRY_BYTES) {
            throw new PagemapException(
                    "an entry of " + lengthBytes + " bytes: at most " + MAX_ENTRY_BYTES + " go");
        }
        int readBytes = in.readNBytes(entry, 0, (int) lengthBytes);
        if (readBytes < lengthBytes) {
            throw new PagemapException(
                    "an entry of " + lengthBytes + " bytes is cut off after " + readBytes);
        }
        nextOffsetBytes += lengthBytes;
        return readBytes;
    }

    private boolean readWord() throws IOException {
        offsetBytes = nextOffsetBytes;
        int readBytes = in.readNBytes(word.array(), 0, Integer.BYTES);
        if (readBytes != 0 && readBytes < Integer.BYTES) {
            throw new PagemapException("a length is cut off after " + readBytes + " bytes");
        }
        nextOffsetBytes += readBytes;
        return readBytes != 0;
    }

    private static long pagesIdOf(ProtobufFields head) {
        long pagesId = -1;
        while (head.next()) {
            if (head.number() == HEAD_PAGES_ID) {
                pagesId = head.varint() & MAX_U32;
            }
        }
        if (pagesId < 0) {
            throw new PagemapException("a head without pages_id");
        }
        return pagesId;
    }

    private static void addRun(ProtobufFields fields, Runs runs) {
        Long vaddr = null;
        Long nrPagesOld = null;
        Long nrPages = null;
        Integer flags = null;
        boolean inParent = false;
        while (fields.next()) {
            switch ((int) Math.min(fields.number(), Integer.MAX_VALUE)) {
                case ENTRY_VADDR -> vaddr = fields.varint();
                case ENTRY_NR_PAGES_OLD -> nrPagesOld = fields.varint() & MAX_U32;
                case ENTRY_IN_PARENT -> inParent = fields.varint() != 0;
                case ENTRY_FLAGS -> flags = (int) fields.varint();
                case ENTRY_NR_PAGES -> nrPages = fields.varint();
                default -> {} // added by a newer CRIU
            }
        }
        if (vaddr == null || nrPagesOld == null) {
            throw new PagemapException("an entry without vaddr or nr_pages");
        }
        runs.add(flagsOf(flags, inParent), vaddr, validNrPages(nrPages, nrPagesOld));
    }

    private static int flagsOf(Integer flags, boolean inParent) {
        if (inParent) {
            return PageFlags.PARENT | (flags == null ? 0 : flags);
        }
        return flags == null ? PageFlags.PRESENT : flags;
    }

    private static long validNrPages(Long nrPages, long nrPagesOld) {
        long value = nrPages == null ? nrPagesOld : nrPages;
        if (value <= 0 || value > PageRecord.MAX_NR_PAGES) {
            throw new PagemapException(
                    "an entry of " + Long.toUnsignedString(value) + " pages: 1 to 2^46 go");
        }
        return value;
    }
}
