package io.pageproxy.certificate;

import java.security.PublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x9.ECNamedCurveTable;

/**
 * Restricts the keys of leaf certificates to ECDSA on P-256 or P-384 and RSA with 2048 to 8192
 * bits.
 *
 * <p>Netty's OpenSSL provider cannot sign with Ed25519 keys; BoringSSL by default accepts neither
 * signatures on P-521 nor RSA keys over 8192 bits.
 */
public final class KeyKinds {
    public static final String REMEDY = "issue a certificate with a P-256 or RSA key";

    private static final Set<ASN1ObjectIdentifier> CURVES =
            Set.of(SECObjectIdentifiers.secp256r1, SECObjectIdentifiers.secp384r1);
    private static final int MIN_RSA_BITS = 2048;
    private static final int MAX_RSA_BITS = 8192;

    private KeyKinds() {}

    /** Explains why a key is not accepted; empty if it is. */
    public static Optional<String> fault(PublicKey key) {
        if (key instanceof RSAPublicKey rsa && key.getAlgorithm().equals("RSA")) {
            int bits = rsa.getModulus().bitLength();
            return bits >= MIN_RSA_BITS && bits <= MAX_RSA_BITS
                    ? Optional.empty()
                    : Optional.of(
                            "an RSA key of %d bits, not %d to %d"
                                    .formatted(bits, MIN_RSA_BITS, MAX_RSA_BITS));
        }
        if (key.getAlgorithm().equals("EC")) {
            return curveFault(SubjectPublicKeyInfo.getInstance(key.getEncoded()).getAlgorithm());
        }
        String algorithm = key.getAlgorithm().toUpperCase(Locale.ROOT);
        boolean edwards = algorithm.startsWith("ED");
        return Optional.of(
                "a key of kind "
                        + (edwards ? "Ed25519 or Ed448" : key.getAlgorithm())
                        + ", which this TLS library does not take");
    }

    /**
     * Explains why the curve of an EC key is not accepted; empty if it is. The curve is identified
     * by its OID because other curves have keys of the same length.
     */
    static Optional<String> curveFault(AlgorithmIdentifier algorithm) {
        if (!(algorithm.getParameters() instanceof ASN1ObjectIdentifier curve)) {
            return Optional.of(
                    "an elliptic curve key that spells out its curve instead of naming P-256 or"
                            + " P-384");
        }
        if (CURVES.contains(curve)) {
            return Optional.empty();
        }
        String name = Optional.ofNullable(ECNamedCurveTable.getName(curve)).orElse(curve.getId());
        return Optional.of("an elliptic curve key on " + name + ", not P-256 or P-384");
    }
}
