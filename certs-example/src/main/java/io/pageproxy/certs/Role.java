package io.pageproxy.certs;

import org.bouncycastle.asn1.x509.KeyPurposeId;

/** Which side of the tunnel a certificate may stand for; decides its extended key usage. */
public enum Role {
    /** The side that connects: {@code clientAuth}. */
    SOURCE,
    /** The side that is connected to: {@code serverAuth}. */
    DEST,
    /** A host that tasks leave and arrive at: {@code clientAuth} and {@code serverAuth}. */
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
