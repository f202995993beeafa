package io.pageproxy.source.migrate;

import io.pageproxy.pagestream.StreamTotals;
import io.pageproxy.session.CodingTotals;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.SessionFigures;
import io.pageproxy.session.SessionReport;
import io.pageproxy.session.Side;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;

/** Reports of imaginary sessions. */
final class SessionReports {
    private SessionReports() {}

    static SessionReport of(String session, Outcome outcome) {
        return new SessionReport(
                new SessionFigures(
                        Side.SOURCE,
                        Optional.of(session),
                        Optional.empty(),
                        "192.0.2.1:9",
                        new StreamTotals(4096, 1, 1, 0, 1, 0),
                        0,
                        0,
                        1,
                        0,
                        false,
                        CodingTotals.NONE,
                        4096,
                        Optional.of("/images/" + session),
                        Optional.empty(),
                        Instant.EPOCH),
                outcome,
                OptionalInt.empty());
    }
}
