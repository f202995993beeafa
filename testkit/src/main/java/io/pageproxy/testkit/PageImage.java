package io.pageproxy.testkit;

import io.pageproxy.pagestream.ImageId;
import java.util.List;

/**
 * The pages of one process or shared memory object.
 *
 * @param id whose
 * @param runs in the order in which they are dumped
 */
public record PageImage(ImageId id, List<PageRun> runs) {

    /** Keeps its own copy. */
    public PageImage {
        runs = List.copyOf(runs);
    }

    /** How many pages' content is carried. */
    public long presentPages() {
        return runs.stream().filter(PageRun::isPresent).mapToLong(PageRun::nrPages).sum();
    }
}
