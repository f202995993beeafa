package io.pageproxy.session;

import io.pageproxy.pagestream.StreamTotals;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** Reports for tests. */
public final class Reports {
    private Reports() {}

    public static SessionReport good() {
        return good(1);
    }

    public static SessionReport good(int lanes) {
        return new SessionReport(
                new SessionFigures(
                        Side.SOURCE,
                        Optional.of("web/2"),
                        Optional.of(
                                new AuthenticatedPeer(
                                        "dest", "TLS_AES_128_GCM_SHA256", "X25519MLKEM768")),
                        "192.0.2.1:9999",
                        new StreamTotals(20_000_000, 100, 2, 1, 4096, 7),
                        5_000_000,
                        300,
                        lanes,
                        2.0,
                        false,
                        new CodingTotals(Map.of("lz4", 3L), 11, 22, 33),
                        4096,
                        Optional.of("/srv/images/web/2"),
                        Optional.empty(),
                        Instant.EPOCH),
                Outcome.completed(Side.SOURCE, "whole"),
                OptionalInt.of(0));
    }

    public static SessionReport failed(Outcome outcome, StreamTotals totals) {
        return of(Side.DESTINATION, Optional.empty(), Optional.empty(), totals, outcome);
    }

    public static SessionReport of(
            Side side,
            Optional<String> session,
            Optional<AuthenticatedPeer> peer,
            StreamTotals totals,
            Outcome outcome) {
        return new SessionReport(
                new SessionFigures(
                        side,
                        session,
                        peer,
                        "192.0.2.1:9999",
                        totals,
                        0,
                        0,
                        1,
                        0,
                        false,
                        CodingTotals.NONE,
                        4096,
                        Optional.empty(),
                        Optional.empty(),
                        Instant.EPOCH),
                outcome,
                OptionalInt.empty());
    }
}
