package io.pageproxy.app.demo;

import io.pageproxy.session.Progress;
import io.pageproxy.session.SessionReport;
import io.pageproxy.tls.TlsSessionInfo;
import java.util.List;
import java.util.Locale;

/** Numbers as a person reads them. */
final class Figures {
    private Figures() {}

    /** How far a session is, in a line. */
    static String of(Progress progress) {
        if (progress.checking()) {
            return "all sent; the destination checks and syncs its images";
        }
        return String.format(
                Locale.ROOT,
                "%,d pages  %s  %s  %s",
                progress.totals().pages(),
                mebibytes(progress.totals().streamBytes()),
                rate(progress.totals().streamBytes(), progress.seconds()),
                ratio(progress.totals().streamBytes(), progress.wireBytes()));
    }

    /** The rows of the closing table that every session has. */
    static List<Screen.Row> rows(SessionReport report, TlsSessionInfo security) {
        long plainBytes = report.totals().streamBytes();
        return List.of(
                new Screen.Row(
                        "pages",
                        String.format(
                                Locale.ROOT,
                                "%,d of %,d bytes",
                                report.totals().pages(),
                                report.pageSizeBytes())),
                new Screen.Row("plain bytes", String.format(Locale.ROOT, "%,15d", plainBytes)),
                new Screen.Row(
                        "wire bytes",
                        String.format(
                                Locale.ROOT,
                                "%,15d   %s, TLS included",
                                report.wireBytesSent(),
                                ratio(plainBytes, report.wireBytesSent()))),
                new Screen.Row(
                        "speed",
                        rate(plainBytes, report.seconds())
                                + ", to checked and synced images in "
                                + seconds(report.seconds())),
                new Screen.Row("tunnel", tunnel(security)));
    }

    /** What TLS has agreed on. */
    static String tunnel(TlsSessionInfo security) {
        return security.protocol() + " " + security.cipherSuite() + " " + security.group();
    }

    static String mebibytes(long bytes) {
        return String.format(Locale.ROOT, "%.1f MiB", bytes / 1048576.0);
    }

    static String seconds(double seconds) {
        return String.format(Locale.ROOT, seconds < 1 ? "%.3f s" : "%.2f s", seconds);
    }

    private static String rate(long bytes, double seconds) {
        return String.format(Locale.ROOT, "%.0f MB/s", seconds > 0 ? bytes / seconds / 1e6 : 0);
    }

    private static String ratio(long plainBytes, long wireBytes) {
        return String.format(
                Locale.ROOT, "%.1f : 1", wireBytes > 0 ? (double) plainBytes / wireBytes : 0);
    }
}
