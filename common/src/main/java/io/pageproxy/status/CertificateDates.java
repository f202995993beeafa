package io.pageproxy.status;

import io.pageproxy.certificate.TlsMaterial;
import java.nio.file.Path;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;

/** Expiry of certificates and revocation lists. */
final class CertificateDates {
    private static final String EXPIRY = "pageproxy_certificate_expiry_timestamp_seconds";
    private static final String NEXT_UPDATE = "pageproxy_crl_next_update_timestamp_seconds";

    private final Supplier<TlsMaterial> material;
    private final InstantSource clock;

    /**
     * @param material supplies the current material
     */
    CertificateDates(Supplier<TlsMaterial> material, InstantSource clock) {
        this.material = material;
        this.clock = clock;
    }

    /** Explains why no peer can be authenticated now; empty if no reason is known. */
    Optional<String> fault() {
        TlsMaterial now = material.get();
        Instant today = clock.instant();
        if (now.leaf().getNotAfter().toInstant().isBefore(today)) {
            return Optional.of(
                    "the certificate " + now.files().cert() + " has expired: replace it");
        }
        if (now.authorities().stream()
                .allMatch(ca -> ca.getNotAfter().toInstant().isBefore(today))) {
            return Optional.of(
                    "the authorities in " + now.files().ca() + " have expired: replace them");
        }
        return now.revocations().stream().anyMatch(crl -> isExpired(crl, today))
                ? Optional.of(
                        "the revocation list "
                                + now.files().crl().orElseThrow()
                                + " is out of date, which refuses everybody: replace it")
                : Optional.empty();
    }

    private static boolean isExpired(X509CRL crl, Instant today) {
        return crl.getNextUpdate() != null && crl.getNextUpdate().toInstant().isBefore(today);
    }

    /**
     * How long something is valid.
     *
     * @param kind {@code own}, {@code ca} or {@code crl}
     * @param name the subject, or the issuer of a list
     * @param until the expiry, or when a list must have been renewed
     */
    record Validity(String kind, String name, Path file, Instant from, Instant until) {
        private static Validity of(String kind, X509Certificate certificate, Path file) {
            return new Validity(
                    kind,
                    certificate.getSubjectX500Principal().getName(),
                    file,
                    certificate.getNotBefore().toInstant(),
                    certificate.getNotAfter().toInstant());
        }
    }

    /** Our certificate, the authorities, and the lists that expire. */
    List<Validity> all() {
        TlsMaterial now = material.get();
        List<Validity> all = new ArrayList<>();
        all.add(Validity.of("own", now.leaf(), now.files().cert()));
        now.authorities().forEach(ca -> all.add(Validity.of("ca", ca, now.files().ca())));
        for (X509CRL crl : now.revocations()) {
            if (crl.getNextUpdate() != null) {
                all.add(
                        new Validity(
                                "crl",
                                crl.getIssuerX500Principal().getName(),
                                now.files().crl().orElseThrow(),
                                crl.getThisUpdate().toInstant(),
                                crl.getNextUpdate().toInstant()));
            }
        }
        return all;
    }

    void write(Exposition page) {
        TlsMaterial now = material.get();
        page.family(EXPIRY, "gauge", "When our certificate, and the authorities, expire.");
        page.sample(
                EXPIRY,
                now.leaf().getNotAfter().toInstant().getEpochSecond(),
                "kind",
                "own",
                "subject",
                now.leaf().getSubjectX500Principal().getName());
        Map<String, Long> authorities = new TreeMap<>();
        for (X509Certificate ca : now.authorities()) {
            authorities.merge(
                    ca.getSubjectX500Principal().getName(),
                    ca.getNotAfter().toInstant().getEpochSecond(),
                    Math::max);
        }
        authorities.forEach(
                (subject, expiry) -> page.sample(EXPIRY, expiry, "kind", "ca", "subject", subject));
        writeLists(page, now);
    }

    private static void writeLists(Exposition page, TlsMaterial now) {
        Map<String, Long> lists = new TreeMap<>();
        for (X509CRL crl : now.revocations()) {
            if (crl.getNextUpdate() != null) {
                lists.merge(
                        crl.getIssuerX500Principal().getName(),
                        crl.getNextUpdate().toInstant().getEpochSecond(),
                        Math::max);
            }
        }
        lists.forEach(
                (issuer, next) -> {
                    page.family(
                            NEXT_UPDATE,
                            "gauge",
                            "When a revocation list is out of date, which refuses everybody.");
                    page.sample(NEXT_UPDATE, next, "issuer", issuer);
                });
    }
}
