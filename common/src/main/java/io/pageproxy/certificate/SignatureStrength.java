package io.pageproxy.certificate;

import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorException.BasicReason;
import java.security.cert.Certificate;
import java.security.cert.PKIXCertPathChecker;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.PSSParameterSpec;
import java.util.Collection;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Restricts the signatures and CA keys of a chain to SHA-2 or SHA-3 with RSA or ECDSA, Ed25519 and
 * Ed448; RSA keys of at least 2048 bits, EC keys of at least 256 bits.
 *
 * <p>The JDK alone is less strict for private CAs: it accepts SHA-1 signatures and RSA keys of 1024
 * bits.
 */
public final class SignatureStrength {
    public static final String REMEDY = "have the CA issue it again, signed with SHA-256 or better";

    private static final int MIN_RSA_BITS = 2048;
    private static final int MAX_RSA_BITS = 16384;
    private static final int MIN_EC_BITS = 256;
    private static final Set<String> DIGESTS =
            Set.of("SHA256", "SHA384", "SHA512", "SHA3-256", "SHA3-384", "SHA3-512");
    private static final Set<String> EDWARDS = Set.of("ED25519", "ED448", "EDDSA");

    private SignatureStrength() {}

    /** Explains why the signature on a certificate is too weak; empty if it is not. */
    public static Optional<String> fault(X509Certificate certificate) {
        return fault(certificate.getSigAlgName(), certificate.getSigAlgParams());
    }

    /** Explains why the signature on a revocation list is too weak; empty if it is not. */
    public static Optional<String> fault(X509CRL list) {
        return fault(list.getSigAlgName(), list.getSigAlgParams());
    }

    private static Optional<String> fault(String algorithm, byte[] parameters) {
        String upper = algorithm.toUpperCase(Locale.ROOT);
        if (EDWARDS.contains(upper)) {
            return Optional.empty();
        }
        int with = upper.indexOf("WITH");
        String digest = with > 0 ? upper.substring(0, with) : pssDigest(upper, parameters);
        return DIGESTS.contains(digest)
                ? Optional.empty()
                : Optional.of("a weak or unknown signature (" + algorithm + " " + digest + ")");
    }

    /** RSASSA-PSS specifies its digest in the parameters; the default is SHA-1. */
    private static String pssDigest(String algorithm, byte[] parameters) {
        if (!algorithm.equals("RSASSA-PSS") || parameters == null) {
            return "SHA1";
        }
        try {
            AlgorithmParameters decoded = AlgorithmParameters.getInstance("RSASSA-PSS");
            decoded.init(parameters);
            String digest =
                    decoded.getParameterSpec(PSSParameterSpec.class)
                            .getDigestAlgorithm()
                            .toUpperCase(Locale.ROOT);
            return digest.replaceFirst("^SHA-(?=[0-9])", "SHA");
        } catch (GeneralSecurityException | java.io.IOException e) {
            return "SHA1";
        }
    }

    /** Explains why the key of a CA is too weak; empty if it is not. */
    static Optional<String> keyFault(PublicKey key) {
        if (key instanceof RSAPublicKey rsa) {
            int bits = rsa.getModulus().bitLength();
            return bits >= MIN_RSA_BITS && bits <= MAX_RSA_BITS
                    ? Optional.empty()
                    : Optional.of("an RSA key of " + bits + " bits");
        }
        if (key instanceof ECPublicKey ec) {
            int bits = ec.getParams().getCurve().getField().getFieldSize();
            return bits >= MIN_EC_BITS
                    ? Optional.empty()
                    : Optional.of("an elliptic curve key of " + bits + " bits");
        }
        return key instanceof EdECPublicKey
                ? Optional.empty()
                : Optional.of("a key of kind " + key.getAlgorithm());
    }

    /**
     * Explains why the signature or the key of a CA certificate is too weak; empty if neither is.
     */
    public static Optional<String> faultOfCa(X509Certificate ca) {
        return fault(ca).or(() -> keyFault(ca.getPublicKey()));
    }

    /** Checks every certificate of a path except its trust anchor. */
    public static final class PathChecker extends PKIXCertPathChecker {
        @Override
        public void init(boolean forward) {
            // Each certificate is checked on its own, so there is no state to reset.
        }

        @Override
        public boolean isForwardCheckingSupported() {
            return true;
        }

        @Override
        public Set<String> getSupportedExtensions() {
            return Set.of();
        }

        @Override
        public void check(Certificate certificate, Collection<String> unresolved)
                throws CertPathValidatorException {
            X509Certificate x509 = (X509Certificate) certificate;
            boolean ca = x509.getBasicConstraints() >= 0;
            Optional<String> fault = ca ? faultOfCa(x509) : fault(x509);
            if (fault.isPresent()) {
                throw new CertPathValidatorException(
                        CertificateNames.subject(x509) + " has " + fault.get(),
                        null,
                        null,
                        -1,
                        BasicReason.ALGORITHM_CONSTRAINED);
            }
        }
    }
}
