package io.pageproxy.simulator;

import io.pageproxy.dest.pagemap.PagemapException;
import io.pageproxy.dest.pagemap.PagemapReader;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * Compares images byte by byte with the set they were made from, regenerating every page. Pages
 * that a round left in its parent must be checked in the parent's folder with the parent's set.
 * Blocking; not thread-safe.
 */
public final class PageSetCheck {
    private final PageSet set;
    private final Path folder;
    private final ByteBuffer expected;
    private final ByteBuffer found;

    private PageSetCheck(PageSet set, Path folder) {
        this.set = set;
        this.folder = folder;
        this.expected = ByteBuffer.allocateDirect(set.content().pageSizeBytes());
        this.found = ByteBuffer.allocateDirect(set.content().pageSizeBytes());
    }

    /**
     * Checks all images of a set.
     *
     * @param folder the images' folder
     * @return number of compared bytes
     * @throws IOException naming the first page that is missing or different
     */
    public static long verify(PageSet set, Path folder) throws IOException {
        PageSetCheck check = new PageSetCheck(set, folder);
        long bytes = 0;
        for (PageImage image : set.images()) {
            bytes += check.verifyImage(image);
        }
        return bytes;
    }

    private long verifyImage(PageImage image) throws IOException {
        String name = image.id().pagemapFileName();
        List<PageRun> runs = new ArrayList<>();
        Path pages = folder.resolve("pages-" + pagesId(name, runs) + ".img");
        if (!joined(runs).equals(joined(image.runs()))) {
            throw new IOException(name + " does not list the pages that were sent");
        }
        long bytes = 0;
        try (FileChannel file = FileChannel.open(pages, StandardOpenOption.READ)) {
            for (PageRun run : image.runs()) {
                if (run.isPresent()) {
                    bytes += verifyRun(image, run, file);
                }
            }
        }
        return bytes;
    }

    private long pagesId(String name, List<PageRun> runs) throws IOException {
        try {
            return new PagemapReader()
                    .read(
                            folder.resolve(name),
                            (flags, vaddr, nrPages) ->
                                    runs.add(new PageRun(flags, vaddr, nrPages)));
        } catch (PagemapException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    /** Joins adjacent ranges, because a page server may join or split them. */
    private List<PageRun> joined(List<PageRun> runs) {
        List<PageRun> joint = new ArrayList<>();
        for (PageRun run : runs) {
            PageRun last = joint.isEmpty() ? null : joint.get(joint.size() - 1);
            if (last != null && last.flags() == run.flags() && end(last) == run.vaddr()) {
                joint.set(
                        joint.size() - 1,
                        new PageRun(last.flags(), last.vaddr(), last.nrPages() + run.nrPages()));
            } else {
                joint.add(run);
            }
        }
        return joint;
    }

    private long end(PageRun run) {
        return run.vaddr() + run.nrPages() * set.content().pageSizeBytes();
    }

    private long verifyRun(PageImage image, PageRun run, FileChannel file) throws IOException {
        for (long i = 0; i < run.nrPages(); i++) {
            long vaddr = run.vaddr() + i * set.content().pageSizeBytes();
            expected.clear();
            set.content().put(image.id(), vaddr, expected);
            read(file);
            int differing = expected.flip().mismatch(found);
            if (differing >= 0) {
                throw new IOException(
                        image.id()
                                + ": byte "
                                + differing
                                + " of the page at 0x"
                                + Long.toHexString(vaddr)
                                + " is not the one that was sent");
            }
        }
        return run.nrPages() * set.content().pageSizeBytes();
    }

    private void read(FileChannel file) throws IOException {
        found.clear();
        while (found.hasRemaining()) {
            if (file.read(found) < 0) {
                throw new EOFException("a pages image ends too early");
            }
        }
        found.flip();
    }
}
