package io.pageproxy.peer;

import io.netty.internal.tcnative.CertificateVerifier;
import io.pageproxy.certificate.CertificateFiles;
import io.pageproxy.certificate.CertificateNames;
import io.pageproxy.certificate.KeyKinds;
import io.pageproxy.certificate.Purpose;
import io.pageproxy.certificate.SignatureStrength;
import io.pageproxy.certificate.TlsFiles;
import io.pageproxy.text.SafeText;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorException.BasicReason;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Optional;

/**
 * Maps each reason for refusing a peer's certificate to a verify error, which selects the TLS
 * alert, and a message.
 */
final class PeerVerdicts {
    private static final int UNTRUSTED =
            CertificateVerifier.X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY;

    private PeerVerdicts() {}

    /**
     * Maps a refusal by the JDK according to its type; empty if the type is not specific enough.
     */
    static Optional<PeerRefusedException> of(
            Throwable refusal, X509Certificate leaf, Purpose purpose, TlsFiles files) {
        for (Throwable t = refusal; t != null; t = t.getCause()) {
            if (t instanceof CertPathValidatorException path) {
                return byReason(path, leaf, files);
            }
            if (t instanceof CertPathBuilderException) {
                return Optional.empty();
            }
        }
        return purpose.allows(leaf) ? Optional.empty() : Optional.of(wrongPurpose(leaf, purpose));
    }

    private static Optional<PeerRefusedException> byReason(
            CertPathValidatorException path, X509Certificate leaf, TlsFiles files) {
        if (path.getReason() == BasicReason.EXPIRED) {
            return Optional.of(
                    refused(
                            CertificateVerifier.X509_V_ERR_CERT_HAS_EXPIRED,
                            leaf,
                            expiry(leaf) + "; renew it on the peer's side"));
        }
        if (path.getReason() == BasicReason.NOT_YET_VALID) {
            return Optional.of(
                    refused(
                            CertificateVerifier.X509_V_ERR_CERT_HAS_EXPIRED,
                            leaf,
                            "is not valid before "
                                    + leaf.getNotBefore().toInstant()
                                    + "; compare both hosts' clocks"));
        }
        if (path.getReason() == BasicReason.REVOKED) {
            return Optional.of(
                    refused(
                            CertificateVerifier.X509_V_ERR_CERT_REVOKED,
                            leaf,
                            "is revoked by its CA" + list(files) + "; issue the peer another"));
        }
        if (path.getReason() == BasicReason.UNDETERMINED_REVOCATION_STATUS) {
            return Optional.of(noListInForce(leaf, files));
        }
        return Optional.empty(); // Reported by the caller, which names the weak certificate.
    }

    static PeerRefusedException noListInForce(X509Certificate leaf, TlsFiles files) {
        return refused(
                CertificateVerifier.X509_V_ERR_CERT_REVOKED,
                leaf,
                "cannot be shown not to be revoked: no list in force of its CA"
                        + list(files)
                        + "; fetch the CA's newest CRL");
    }

    private static String expiry(X509Certificate leaf) {
        return Instant.now().isAfter(leaf.getNotAfter().toInstant())
                ? "expired at " + leaf.getNotAfter().toInstant()
                : "has an expired certificate above it in its chain";
    }

    private static String list(TlsFiles files) {
        return files.crl().map(crl -> " in " + TlsFiles.CRL + " " + crl).orElse("");
    }

    static PeerRefusedException untrusted(Throwable refusal, X509Certificate leaf, TlsFiles files) {
        String what =
                CertificateNames.selfSigned(leaf)
                        ? "is self-signed"
                        : "by "
                                + CertificateNames.printable(leaf.getIssuerX500Principal())
                                + " does not lead to a CA";
        return refused(
                UNTRUSTED,
                leaf,
                what
                        + " of "
                        + TlsFiles.CA
                        + " "
                        + files.ca()
                        + " ("
                        + SafeText.name(String.valueOf(refusal.getMessage()))
                        + "); give both sides certificates of the same CA");
    }

    static PeerRefusedException misnamed(X509Certificate leaf, String host) {
        return refused(
                CertificateVerifier.X509_V_ERR_CERT_REJECTED,
                leaf,
                "is for "
                        + CertificateNames.alternatives(leaf)
                        + ", not for "
                        + host
                        + "; connect by a name that it bears, or give --verify-name");
    }

    static PeerRefusedException wrongPurpose(X509Certificate leaf, Purpose purpose) {
        return refused(
                CertificateVerifier.X509_V_ERR_INVALID_PURPOSE,
                leaf,
                "may not be used here: its key usage or extended key usage lacks "
                        + (purpose == Purpose.CLIENT
                                ? "clientAuth, which source needs"
                                : "serverAuth, which dest needs")
                        + "; issue the peer one for its side");
    }

    static PeerRefusedException weak(X509Certificate leaf, String fault) {
        return refused(UNTRUSTED, leaf, "has " + fault + "; " + KeyKinds.REMEDY);
    }

    static PeerRefusedException weakChain(
            X509Certificate leaf, X509Certificate weak, String fault) {
        String where =
                weak.equals(leaf) ? "" : "is below " + CertificateNames.subject(weak) + ", which ";
        return refused(UNTRUSTED, leaf, where + "has " + fault + "; " + SignatureStrength.REMEDY);
    }

    /** Refuses a certificate that the JDK cannot decode. */
    static PeerRefusedException unreadable(int index, byte[] encoded, Exception cause) {
        String why =
                Optional.ofNullable(encoded)
                        .flatMap(CertificateFiles::decodingFault)
                        .orElse(String.valueOf(cause.getMessage()));
        return new PeerRefusedException(
                UNTRUSTED,
                "the peer's certificate"
                        + (index == 0 ? "" : " chain")
                        + " cannot be read: "
                        + SafeText.name(why));
    }

    static PeerRefusedException notAllowed(String refusal) {
        return new PeerRefusedException(
                CertificateVerifier.X509_V_ERR_CERT_REJECTED,
                "the peer is signed by the CA but not allowed: " + refusal);
    }

    private static PeerRefusedException refused(int verifyError, X509Certificate leaf, String why) {
        return new PeerRefusedException(
                verifyError,
                "the peer's certificate "
                        + CertificateNames.subject(leaf)
                        + " (SHA-256 "
                        + CertificateNames.fingerprint(leaf)
                        + ") "
                        + why);
    }
}
