package io.pageproxy.cli.check;

import io.pageproxy.certificate.TlsConfigException;
import io.pageproxy.certificate.TlsFiles;
import io.pageproxy.certificate.TlsMaterial;
import io.pageproxy.peer.PeerIdentity;
import io.pageproxy.peer.PeerPolicy;
import io.pageproxy.session.Side;
import io.pageproxy.tls.TlsContexts;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Date;
import java.util.List;
import java.util.Set;

/**
 * Checks {@code --cert}, {@code --key}, {@code --ca} and {@code --crl}. What a proxy rejects at its
 * start is rejected by the same code.
 */
final class CertificateCheck {
    private static final String CERTIFICATE = "certificate";
    private static final int SOON_DAYS = 14;

    private final boolean unsafeKeyPermissions;
    private final Set<Side> sides;
    private final Instant now;

    /**
     * @param sides the sides that these files are for; empty if that is not known
     */
    CertificateCheck(boolean unsafeKeyPermissions, Set<Side> sides, Instant now) {
        this.unsafeKeyPermissions = unsafeKeyPermissions;
        this.sides = Set.copyOf(sides);
        this.now = now;
    }

    /** Describes the files, or reports the first problem with them. */
    List<Finding> run(TlsFiles files) {
        TlsMaterial material;
        try {
            material = new TlsMaterial(files, unsafeKeyPermissions);
            if (sides.contains(Side.SOURCE)) {
                TlsContexts.client(material, PeerPolicy.ANY, false);
            }
            if (sides.contains(Side.DESTINATION)) {
                TlsContexts.server(material, PeerPolicy.ANY);
            }
            material.requireNotRevoked();
        } catch (TlsConfigException e) {
            return List.of(Finding.failed(CERTIFICATE, e.getMessage()));
        }
        List<Finding> findings = new ArrayList<>();
        findings.add(ofLeaf(files, material));
        findings.add(
                Finding.ok(
                        "ca",
                        names(material.authorities())
                                + ", valid until "
                                + until(earliestEnd(material.authorities()))));
        material.warnings()
                .forEach(left -> findings.add(Finding.skipped("ca", "left out: " + left)));
        if (!material.revocations().isEmpty()) {
            findings.add(Finding.ok("crl", ofLists(material.revocations())));
        }
        return findings;
    }

    private Finding ofLeaf(TlsFiles files, TlsMaterial material) {
        String name = PeerIdentity.of(material.leaf()).name();
        if (!material.fitsSource() && !material.fitsDest()) {
            return Finding.failed(
                    CERTIFICATE,
                    "--cert "
                            + files.cert()
                            + ": "
                            + name
                            + " is for neither side; issue one with clientAuth for source or"
                            + " serverAuth for dest");
        }
        return Finding.ok(
                CERTIFICATE,
                name
                        + ", valid until "
                        + until(earliestEnd(material.chain()))
                        + ", for "
                        + (material.fitsSource() ? "source" : "")
                        + (material.fitsSource() && material.fitsDest() ? " and " : "")
                        + (material.fitsDest() ? "dest" : "")
                        + ", key fits");
    }

    private static String names(Collection<X509Certificate> authorities) {
        return String.join(
                ", ", authorities.stream().map(ca -> PeerIdentity.of(ca).name()).toList());
    }

    private String ofLists(List<X509CRL> lists) {
        long revoked =
                lists.stream()
                        .map(X509CRL::getRevokedCertificates)
                        .mapToLong(entries -> entries == null ? 0 : entries.size())
                        .sum();
        Date next = lists.stream().map(X509CRL::getNextUpdate).min(Date::compareTo).orElseThrow();
        return revoked + " revoked, in force until " + until(next.toInstant());
    }

    private static Instant earliestEnd(Collection<X509Certificate> certificates) {
        return certificates.stream()
                .map(X509Certificate::getNotAfter)
                .min(Date::compareTo)
                .orElseThrow()
                .toInstant();
    }

    private String until(Instant end) {
        long days = ChronoUnit.DAYS.between(now, end);
        return LocalDate.ofInstant(end, ZoneOffset.UTC)
                + " ("
                + days
                + " days"
                + (days < SOON_DAYS ? ": renew it soon" : "")
                + ")";
    }
}
