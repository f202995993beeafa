package io.pageproxy.certs;

import org.bouncycastle.asn1.x509.KeyPurposeId;

/** The side of the tunnel that a certificate may be used for; determines its extended key usage. */
public enum Role {
    /** The side that connects: {@code clientAuth}. */
    SOURCE,
    /** The side that accepts connections: {@code serverAuth}. */
    DEST,
    /**
     * A host that is both source and destination of migrations: {@code clientAuth} and {@code
     * serverAuth}.
     */
    BOTH;

    KeyPurposeId[] purposes() {
        return switch (this) {
            case SOURCE -> new KeyPurposeId[] {KeyPurposeId.id_kp_clientAuth};
            case DEST -> new KeyPurposeId[] {KeyPurposeId.id_kp_serverAuth};
            case BOTH ->
                    new KeyPurposeId[] {
                        KeyPurposeId.id_kp_clientAuth, KeyPurposeId.id_kp_serverAuth
                    };
        };
    }
}
