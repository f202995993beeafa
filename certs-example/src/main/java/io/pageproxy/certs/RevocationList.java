package io.pageproxy.certs;

import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.cert.X509CRL;
import java.security.cert.X509CRLEntry;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.Comparator;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.x509.CRLNumber;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.cert.X509v2CRLBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CRLConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v2CRLBuilder;

/** Builds the CRLs of a CA (RFC 5280, section 5); each contains all entries of the previous one. */
final class RevocationList {
    /** RFC 5280 recommends to omit the reason instead of stating "unspecified". */
    private static final int NO_REASON = 0;

    private RevocationList() {}

    /** Creates the first CRL, which is empty and has number 1. */
    static X509CRL empty(CertificateAuthority authority, Instant now, int days) {
        X509v2CRLBuilder builder = builder(authority, now, now.plus(days, ChronoUnit.DAYS));
        return sign(authority, builder, BigInteger.ONE);
    }

    /**
     * Creates the successor of a CRL: its entries and those of {@code revoked}, the next number,
     * and the same time until the next update.
     */
    static X509CRL next(
            CertificateAuthority authority,
            X509CRL previous,
            Instant now,
            Collection<BigInteger> revoked) {
        Instant thisUpdate = previous.getThisUpdate().toInstant();
        Duration period =
                Duration.between(
                        thisUpdate.plus(CertificateAuthority.BACKDATING),
                        previous.getNextUpdate().toInstant());
        X509v2CRLBuilder builder = builder(authority, now, now.plus(period));
        for (X509CRLEntry entry : entries(previous)) {
            builder.addCRLEntry(entry.getSerialNumber(), entry.getRevocationDate(), NO_REASON);
        }
        for (BigInteger serial : revoked) {
            builder.addCRLEntry(serial, Date.from(now), NO_REASON);
        }
        return sign(authority, builder, number(previous).add(BigInteger.ONE));
    }

    /** Returns the CRL number; 0 if there is none. */
    static BigInteger number(X509CRL crl) {
        byte[] wrapped = crl.getExtensionValue(Extension.cRLNumber.getId());
        if (wrapped == null) {
            return BigInteger.ZERO;
        }
        try {
            byte[] der = ASN1OctetString.getInstance(wrapped).getOctets();
            return ASN1Integer.getInstance(der).getValue();
        } catch (IllegalArgumentException e) {
            return BigInteger.ZERO;
        }
    }

    /** Returns the entries, oldest revocation first. */
    static List<X509CRLEntry> entries(X509CRL crl) {
        if (crl.getRevokedCertificates() == null) {
            return List.of();
        }
        return crl.getRevokedCertificates().stream()
                .map(X509CRLEntry.class::cast)
                .sorted(
                        Comparator.comparing(X509CRLEntry::getRevocationDate)
                                .thenComparing(X509CRLEntry::getSerialNumber))
                .toList();
    }

    private static X509v2CRLBuilder builder(
            CertificateAuthority authority, Instant now, Instant nextUpdate) {
        Date thisUpdate = Date.from(now.minus(CertificateAuthority.BACKDATING));
        return new JcaX509v2CRLBuilder(
                        authority.certificate().getSubjectX500Principal(), thisUpdate)
                .setNextUpdate(Date.from(nextUpdate));
    }

    private static X509CRL sign(
            CertificateAuthority authority, X509v2CRLBuilder builder, BigInteger number) {
        try {
            builder.addExtension(Extension.cRLNumber, false, new CRLNumber(number))
                    .addExtension(
                            Extension.authorityKeyIdentifier,
                            false,
                            new JcaX509ExtensionUtils()
                                    .createAuthorityKeyIdentifier(authority.certificate()));
            return new JcaX509CRLConverter().getCRL(builder.build(authority.signer()));
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
