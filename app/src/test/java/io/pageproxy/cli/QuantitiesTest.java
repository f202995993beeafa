package io.pageproxy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.pageproxy.pagestream.StreamTotals;
import io.pageproxy.session.CodingTotals;
import io.pageproxy.session.SessionFigures;
import io.pageproxy.session.Side;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class QuantitiesTest {
    private static SessionFigures session(long pages, double seconds, boolean checking) {
        return new SessionFigures(
                Side.SOURCE,
                Optional.empty(),
                Optional.empty(),
                "192.0.2.1:9",
                new StreamTotals(pages << 20, 1, 1, 0, pages, 0),
                pages << 19,
                0,
                1,
                seconds,
                checking,
                CodingTotals.NONE,
                4096,
                Optional.empty());
    }

    @Test
    void progressOfConcurrentSessionsIsSummedOverTheLongestTime() {
        assertThat(Quantities.progress(List.of(session(1000, 1, true), session(500, 2, false))))
                .isEqualTo("1,500 pages  1500.0 MiB  786 MB/s  2.0:1");
    }

    @Test
    void destinationChecksOnceEverySessionIsSent() {
        assertThat(Quantities.progress(List.of(session(1000, 1, true), session(500, 2, true))))
                .isEqualTo("all sent; the destination checks and syncs its images");
    }
}
