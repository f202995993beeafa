package io.pageproxy.app.demo;

import io.pageproxy.cli.Quantities;
import io.pageproxy.session.SessionReport;
import io.pageproxy.tls.TlsSessionInfo;
import java.util.List;
import java.util.Locale;

/** Formats numbers for display. */
final class Figures {
    private Figures() {}

    /** The rows of the final table that are common to all sessions. */
    static List<Screen.Row> rows(SessionReport report, TlsSessionInfo security) {
        long plainBytes = report.totals().streamBytes();
        return List.of(
                new Screen.Row(
                        "pages",
                        String.format(
                                Locale.ROOT,
                                "%,d of %,d bytes",
                                report.totals().pages(),
                                report.figures().pageSizeBytes())),
                new Screen.Row("plain bytes", String.format(Locale.ROOT, "%,15d", plainBytes)),
                new Screen.Row(
                        "wire bytes",
                        String.format(
                                Locale.ROOT,
                                "%,15d   %s, TLS included",
                                report.wireBytesSent(),
                                Quantities.ratio(plainBytes, report.wireBytesSent()))),
                new Screen.Row(
                        "speed",
                        Quantities.rate(plainBytes, report.seconds())
                                + ", to checked and synced images in "
                                + seconds(report.seconds())),
                new Screen.Row("tunnel", tunnel(security)));
    }

    /** Describes the TLS parameters. */
    static String tunnel(TlsSessionInfo security) {
        return security.protocol() + " " + security.cipherSuite() + " " + security.group();
    }

    static String seconds(double seconds) {
        return String.format(Locale.ROOT, seconds < 1 ? "%.3f s" : "%.2f s", seconds);
    }
}
