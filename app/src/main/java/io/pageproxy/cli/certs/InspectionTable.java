package io.pageproxy.cli.certs;

import io.pageproxy.certs.CertificateInfo;
import io.pageproxy.certs.CrlInfo;
import io.pageproxy.certs.PkiInspection;
import io.pageproxy.text.SafeText;
import java.math.BigInteger;
import java.nio.file.Path;
import java.security.cert.X509CRLEntry;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Date;

/**
 * Formats certificates and CRLs as text: one block each, one row per property, narrow enough for 80
 * columns if the names are short. (One row per certificate would be 200 columns wide because of the
 * fingerprint.)
 */
final class InspectionTable {
    private final Instant now;
    private final StringBuilder text = new StringBuilder();

    /** Creates a table that shows validity relative to a point in time. */
    InspectionTable(Instant now) {
        this.now = now;
    }

    String render(PkiInspection inspection) {
        inspection.certificates().forEach(this::certificate);
        inspection.crls().forEach(info -> crl(info, inspection));
        return text.toString();
    }

    private void certificate(CertificateInfo info) {
        X509Certificate certificate = info.certificate();
        title(info.file());
        row("subject", certificate.getSubjectX500Principal().getName());
        if (!info.names().isEmpty()) {
            row("names", String.join(", ", info.names()));
        }
        row("purpose", String.join(", ", info.purposes()));
        row("valid", validity(certificate));
        row("serial", hex(certificate.getSerialNumber()));
        row("fingerprint", info.fingerprint());
        row("revoked", revoked(info.revocation()));
        row("key", key(info.key()));
    }

    private void crl(CrlInfo info, PkiInspection inspection) {
        title(info.file());
        row("CRL of", info.crl().getIssuerX500Principal().getName());
        row("number", info.number().toString());
        Date nextUpdate = info.crl().getNextUpdate();
        row(
                "next update",
                nextUpdate == null
                        ? "none given"
                        : Dates.day(nextUpdate.toInstant())
                                + " ("
                                + Dates.left(now, nextUpdate.toInstant())
                                + ")");
        if (info.entries().isEmpty()) {
            row("revoked", "none");
        }
        for (X509CRLEntry entry : info.entries()) {
            row(
                    "revoked",
                    Dates.day(entry.getRevocationDate().toInstant())
                            + "  "
                            + hex(entry.getSerialNumber())
                            + owner(entry, info, inspection));
        }
    }

    private void title(Path file) {
        if (!text.isEmpty()) {
            text.append(System.lineSeparator());
        }
        text.append(file).append(System.lineSeparator());
    }

    /**
     * Adds a sanitised row, because text in a foreign certificate must not control the terminal.
     */
    private void row(String label, String value) {
        text.append(String.format("  %-12s %s%n", label, SafeText.line(value)));
    }

    private String validity(X509Certificate certificate) {
        Instant start = certificate.getNotBefore().toInstant();
        Instant end = certificate.getNotAfter().toInstant();
        String state = start.isAfter(now) ? "NOT YET VALID" : Dates.left(now, end);
        return Dates.day(start) + " to " + Dates.day(end) + " (" + state + ")";
    }

    private static String owner(X509CRLEntry entry, CrlInfo info, PkiInspection inspection) {
        return inspection.certificates().stream()
                .map(CertificateInfo::certificate)
                .filter(
                        certificate ->
                                certificate.getSerialNumber().equals(entry.getSerialNumber())
                                        && certificate
                                                .getIssuerX500Principal()
                                                .equals(info.crl().getIssuerX500Principal()))
                .findFirst()
                .map(certificate -> "  " + certificate.getSubjectX500Principal().getName())
                .orElse("");
    }

    private static String revoked(CertificateInfo.Revocation revocation) {
        return switch (revocation) {
            case NOT_REVOKED -> "no";
            case REVOKED -> "REVOKED";
            case UNKNOWN -> "unknown: no CRL of its issuer here";
            case NOT_APPLICABLE -> "-";
        };
    }

    private static String key(CertificateInfo.KeyMatch key) {
        return switch (key) {
            case MATCHES -> "matches";
            case DIFFERENT -> "DOES NOT MATCH";
            case MISSING -> "not here";
            case UNREADABLE -> "unreadable or encrypted";
        };
    }

    private static String hex(BigInteger serial) {
        return serial.toString(16);
    }
}
