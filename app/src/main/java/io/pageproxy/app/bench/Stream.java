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

/** What is sent in every session of one content: the same runs, of pages that were made before. */
final class Stream {
    private static final int PROCESSES = 3;
    private static final int SHARED_MEMORIES = 1;
    private static final int SEED = 1;

    /** Larger than a processor's caches, as a process's memory is. */
    private static final long PREPARED_BYTES = 64 << 20;

    private final PageSet set;
    private final PreparedPages pages;

    /** Makes the pages. */
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

    /** Bytes of all pages. */
    long bytes() {
        return set.presentBytes();
    }

    /**
     * Dumps it; blocks, and an interrupt ends that.
     *
     * @return seconds from before the connection to the status of success
     * @throws IOException where no such status came
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
