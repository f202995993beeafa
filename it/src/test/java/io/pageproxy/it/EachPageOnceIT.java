package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Forked processes: pages that they share are sent once. */
class EachPageOnceIT {
    private static final int INHERITED_MEGABYTES = 16;
    private static final long INHERITED_BYTES = (long) INHERITED_MEGABYTES << 20;
    private static final int PROCESSES = 4;

    @RegisterExtension final Lab lab = new Lab();

    @Test
    void sharedPagesAreSentOnce() throws IOException {
        Criu criu = Criu.BYTES_32;
        Workload family = lab.workload("work", "family.pl", "8", "4", "" + INHERITED_MEGABYTES);
        Path dump = lab.folder("dump");
        Command dest = lab.dest(criu, "--once");
        Command source =
                lab.sourceDumping(dest, criu, family, dump, "--session", "web", "--summary", "-");

        assertThat(source.awaitExit()).as(source::toString).isZero();
        assertThat(dest.awaitExit()).as(dest::toString).isZero();
        long plain = Images.pagesBytes(lab.images().resolve("web"));
        assertThat(plain).isGreaterThan(PROCESSES * INHERITED_BYTES);
        long repeatedPages = Long.parseLong(Summary.parse(source.stdout()).get("repeated_pages"));
        assertThat(repeatedPages * Images.PAGE_BYTES)
                .isBetween((PROCESSES - 2) * INHERITED_BYTES, plain - INHERITED_BYTES);
        lab.restoreAndCheck(criu, family, dump, "web");
    }
}
