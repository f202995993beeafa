package io.pageproxy.simulator;

import io.pageproxy.pagestream.ImageId;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Writes a pagemap image and its pages image as CRIU 4.2 does; {@link
 * io.pageproxy.dest.pagemap.PagemapReader} documents the format. Blocking; not thread-safe.
 */
final class ImageWriter implements AutoCloseable {
    /** The link to the parent's folder ({@code CR_PARENT_LINK}). */
    static final String PARENT_LINK = "parent";

    private static final int COMMON_MAGIC = 0x54564319;
    private static final int PAGEMAP_MAGIC = 0x56084025;
    private static final int HEAD_PAGES_ID = 1;
    private static final int ENTRY_VADDR = 1;
    private static final int ENTRY_NR_PAGES_OLD = 2;
    private static final int ENTRY_FLAGS = 4;
    private static final int ENTRY_NR_PAGES = 5;

    private final Path pagemapFile;
    private final Path pagesFile;
    private final OutputStream pagemap;
    private final FileChannel pages;
    private final ByteArrayOutputStream message = new ByteArrayOutputStream();

    /** Creates both files, which must not exist. */
    ImageWriter(Path folder, ImageId image, long pagesId) throws IOException {
        pagemapFile = folder.resolve(image.pagemapFileName());
        pagesFile = folder.resolve("pages-" + pagesId + ".img");
        pages =
                FileChannel.open(
                        pagesFile, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
        try {
            pagemap =
                    new BufferedOutputStream(
                            Files.newOutputStream(pagemapFile, StandardOpenOption.CREATE_NEW));
            word(COMMON_MAGIC);
            word(PAGEMAP_MAGIC);
            field(HEAD_PAGES_ID, pagesId);
            endMessage();
        } catch (IOException e) {
            pages.close();
            throw e;
        }
    }

    /** Appends a range of pages to the pagemap. */
    void addRun(int flags, long vaddr, long nrPages) throws IOException {
        field(ENTRY_VADDR, vaddr);
        field(ENTRY_NR_PAGES_OLD, 0);
        field(ENTRY_FLAGS, flags);
        field(ENTRY_NR_PAGES, nrPages);
        endMessage();
    }

    /** Appends page content. */
    void addPages(ByteBuffer content) throws IOException {
        while (content.hasRemaining()) {
            pages.write(content);
        }
    }

    /** Extends the pages image by a hole. */
    void addHole(int lengthBytes) throws IOException {
        pages.position(pages.position() + lengthBytes);
    }

    @Override
    public void close() throws IOException {
        try (pages;
                pagemap) {
            pagemap.flush();
            if (pages.position() > pages.size()) {
                pages.write(ByteBuffer.allocate(1), pages.position() - 1);
            }
        }
    }

    /** Truncates the closed pages image by one byte. */
    void cutPages() throws IOException {
        try (FileChannel file = FileChannel.open(pagesFile, StandardOpenOption.WRITE)) {
            file.truncate(file.size() - 1);
        }
    }

    /** Truncates the closed pagemap image to nothing. */
    void emptyPagemap() throws IOException {
        try (FileChannel file = FileChannel.open(pagemapFile, StandardOpenOption.WRITE)) {
            file.truncate(0);
        }
    }

    /** Appends a varint field to the message. */
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
        message.writeTo(pagemap);
        message.reset();
    }

    private void word(int value) throws IOException {
        for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
            pagemap.write(value >>> shift);
        }
    }
}
