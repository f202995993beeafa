package io.pageproxy.simulator;

import io.pageproxy.pagestream.ImageId;
import io.pageproxy.pagestream.PagemapWriter;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Writes a pagemap image and its pages image as CRIU does. Blocking; not thread-safe. */
final class ImageWriter implements AutoCloseable {
    /** The link to the parent's folder ({@code CR_PARENT_LINK}). */
    static final String PARENT_LINK = "parent";

    private final Path pagemapFile;
    private final Path pagesFile;
    private final PagemapWriter pagemap;
    private final FileChannel pages;

    /** Creates both files, which must not exist. */
    ImageWriter(Path folder, ImageId image, long pagesId) throws IOException {
        pagemapFile = folder.resolve(image.pagemapFileName());
        pagesFile = folder.resolve("pages-" + pagesId + ".img");
        pages =
                FileChannel.open(
                        pagesFile, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
        try {
            pagemap =
                    new PagemapWriter(
                            new BufferedOutputStream(
                                    Files.newOutputStream(
                                            pagemapFile, StandardOpenOption.CREATE_NEW)),
                            pagesId);
        } catch (IOException e) {
            pages.close();
            throw e;
        }
    }

    /** Appends a range of pages to the pagemap. */
    void addRun(int flags, long vaddr, long nrPages) throws IOException {
        pagemap.add(flags, vaddr, nrPages);
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
}
