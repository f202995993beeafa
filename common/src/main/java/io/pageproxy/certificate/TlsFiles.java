package io.pageproxy.certificate;

import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/**
 * The PEM files of one side, as its flags name them.
 *
 * @param cert certificate chain of this side, leaf first ({@code --cert})
 * @param key private key of the leaf ({@code --key})
 * @param ca the CAs that may sign the peer ({@code --ca})
 * @param crl revocation lists of these CAs ({@code --crl})
 * @param keyPasswordFile a file whose first line is the password of the key ({@code
 *     --key-password-file})
 */
public record TlsFiles(
        Path cert, Path key, Path ca, Optional<Path> crl, Optional<Path> keyPasswordFile) {

    /** Names of the flags in error messages. */
    public static final String CERT = "--cert";

    public static final String KEY = "--key";
    public static final String CA = "--ca";
    public static final String CRL = "--crl";
    public static final String KEY_PASSWORD_FILE = "--key-password-file";

    /** Checks that nothing is null; {@link TlsMaterial} checks the files themselves. */
    public TlsFiles {
        Objects.requireNonNull(cert, CERT);
        Objects.requireNonNull(key, KEY);
        Objects.requireNonNull(ca, CA);
        Objects.requireNonNull(crl, CRL);
        Objects.requireNonNull(keyPasswordFile, KEY_PASSWORD_FILE);
    }
}
