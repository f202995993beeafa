package io.pageproxy.certificate;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.List;

/**
 * The purpose of a leaf certificate according to RFC 5280. An absent key usage or extended key
 * usage extension permits every purpose.
 */
public enum Purpose {
    /** The connecting side, {@code source}. */
    CLIENT("clientAuth", "1.3.6.1.5.5.7.3.2"),
    /** The listening side, {@code dest}. */
    SERVER("serverAuth", "1.3.6.1.5.5.7.3.1");

    private static final String ANY_EXTENDED_KEY_USAGE = "2.5.29.37.0";
    private static final int DIGITAL_SIGNATURE_BIT = 0;

    private final String label;
    private final String oid;

    Purpose(String label, String oid) {
        this.label = label;
        this.oid = oid;
    }

    /** The extended key usage in openssl's notation. */
    public String label() {
        return label;
    }

    /** Whether a certificate permits this purpose. */
    public boolean allows(X509Certificate leaf) {
        boolean[] keyUsage = leaf.getKeyUsage();
        if (keyUsage != null && !keyUsage[DIGITAL_SIGNATURE_BIT]) {
            return false;
        }
        try {
            List<String> extended = leaf.getExtendedKeyUsage();
            return extended == null
                    || extended.contains(oid)
                    || extended.contains(ANY_EXTENDED_KEY_USAGE);
        } catch (CertificateParsingException e) {
            return false;
        }
    }
}
