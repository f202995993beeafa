package io.pageproxy.simulator;

import io.pageproxy.pagestream.ImageId;
import java.util.List;

/**
 * The pages of one process or shared memory object.
 *
 * @param id the process or shared memory object
 * @param runs its page ranges, in dump order
 */
public record PageImage(ImageId id, List<PageRun> runs) {

    /** Copies the list. */
    public PageImage {
        runs = List.copyOf(runs);
    }

    /** Number of pages with content. */
    public long presentPages() {
        return runs.stream().filter(PageRun::isPresent).mapToLong(PageRun::nrPages).sum();
    }
}
