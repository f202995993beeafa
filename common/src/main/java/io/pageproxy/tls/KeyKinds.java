package io.pageproxy.tls;

import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.Locale;
import java.util.Optional;

/**
 * Which keys a leaf certificate may have: ECDSA on P-256 or P-384, RSA from 2048 to 8192 bits.
 *
 * <p>Netty's OpenSSL provider cannot sign with Ed25519 leaf keys; BoringSSL by default takes no
 * signature on P-521 and no RSA key over 8192 bits.
 */
final class KeyKinds {
    static final String MEND = "issue a certificate with a P-256 or RSA key";

    private static final int MIN_RSA_BITS = 2048;
    private static final int MAX_RSA_BITS = 8192;

    private KeyKinds() {}

    /** What is wrong with a key, or empty if it will do. */
    static Optional<String> fault(PublicKey key) {
        if (key instanceof RSAPublicKey rsa && key.getAlgorithm().equals("RSA")) {
            int bits = rsa.getModulus().bitLength();
            return bits >= MIN_RSA_BITS && bits <= MAX_RSA_BITS
                    ? Optional.empty()
                    : Optional.of(
                            "an RSA key of %d bits, not %d to %d"
                                    .formatted(bits, MIN_RSA_BITS, MAX_RSA_BITS));
        }
        if (key instanceof ECPublicKey ec) {
            int bits = ec.getParams().getCurve().getField().getFieldSize();
            return bits == 256 || bits == 384
                    ? Optional.empty()
                    : Optional.of("an elliptic curve key of " + bits + " bits, not P-256 or P-384");
        }
        String algorithm = key.getAlgorithm().toUpperCase(Locale.ROOT);
        boolean edwards = algorithm.startsWith("ED");
        return Optional.of(
                "a key of kind "
                        + (edwards ? "Ed25519 or Ed448" : key.getAlgorithm())
                        + ", which this TLS library does not take");
    }
}
