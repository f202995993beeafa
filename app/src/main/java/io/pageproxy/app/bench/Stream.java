package io.pageproxy.app.bench;

import io.pageproxy.net.HostPort;
import io.pageproxy.pagestream.RecordLayout;
import io.pageproxy.simulator.BuiltInDumper;
import io.pageproxy.simulator.PageContent;
import io.pageproxy.simulator.PageImage;
import io.pageproxy.simulator.PageRun;
import io.pageproxy.simulator.PageSet;
import io.pageproxy.simulator.PageSets;
import io.pageproxy.simulator.PreparedPages;
import java.io.IOException;

/**
 * The stream that is sent in every session of one content: the same page ranges with prepared
 * pages.
 */
final class Stream {
    private static final int PROCESSES = 3;
    private static final int SHARED_MEMORIES = 1;
    private static final int SEED = 1;

    /** Larger than CPU caches, as a process's memory is. */
    private static final long PREPARED_BYTES = 64 << 20;

    private final PageSet set;
    private final PreparedPages pages;

    /** Generates the pages. */
    Stream(Content content, long sizeBytes, int pageSizeBytes) {
        PageContent maker = new PageContent(SEED, content.mix(), pageSizeBytes);
        set = PageSets.generate(maker, PROCESSES, SHARED_MEMORIES, sizeBytes);
        long longestRunPages =
                set.images().stream()
                        .map(PageImage::runs)
                        .flatMap(runs -> runs.stream())
                        .mapToLong(PageRun::nrPages)
                        .max()
                        .orElseThrow();
        long preparedBytes = Math.max(PREPARED_BYTES, longestRunPages * pageSizeBytes);
        pages = new PreparedPages(maker, (int) preparedBytes);
    }

    /** Total size of the pages. */
    long bytes() {
        return set.presentBytes();
    }

    /**
     * Sends the stream; blocks, interruptible.
     *
     * @return seconds from before the connection until the success status
     * @throws IOException if there is no success status
     */
    double dumpTo(HostPort address) throws IOException {
        long startNanos = System.nanoTime();
        try (BuiltInDumper dumper = BuiltInDumper.connect(address, RecordLayout.BYTES_32)) {
            int status = dumper.dump(set, pages);
            if (status != 0) {
                throw new IOException("the dumper heard status " + status);
            }
        }
        return (System.nanoTime() - startNanos) / 1e9;
    }
}
