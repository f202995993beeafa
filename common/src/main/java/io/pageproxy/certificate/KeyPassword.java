package io.pageproxy.certificate;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Set;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.pkcs.PKCSException;

/**
 * The password in the first line of {@code --key-password-file}, decoded in each plausible
 * encoding: first UTF-8, which terminals send and openssl accepts, then ISO 8859-1 for files
 * written by older editors. The decoded text is always passed to the key as UTF-8.
 */
final class KeyPassword {
    private static final String UTF_8_MARK = "\uFEFF";

    private final Path file;
    private final Set<String> candidates;

    private KeyPassword(Path file, Set<String> candidates) {
        this.file = file;
        this.candidates = candidates;
    }

    /** Reads the password file. */
    static KeyPassword read(Path file) throws TlsConfigException {
        byte[] bytes = PemFile.readBytes(TlsFiles.KEY_PASSWORD_FILE, file);
        Set<String> candidates = new LinkedHashSet<>();
        try {
            String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)) + "";
            candidates.add(firstLine(text.startsWith(UTF_8_MARK) ? text.substring(1) : text));
        } catch (CharacterCodingException e) {
            // Not valid UTF-8; only the ISO 8859-1 reading remains.
        }
        candidates.add(firstLine(new String(bytes, StandardCharsets.ISO_8859_1)));
        if (candidates.contains("")) {
            throw new TlsConfigException(
                    TlsFiles.KEY_PASSWORD_FILE,
                    file,
                    "its first line is empty",
                    "put the password there");
        }
        return new KeyPassword(file, candidates);
    }

    private static String firstLine(String text) {
        return text.lines().findFirst().orElse("");
    }

    /**
     * Decrypts a key with the first reading that works.
     *
     * @throws TlsConfigException if none works
     */
    PrivateKeyInfo open(PemFile key, Decryption decryption) throws TlsConfigException {
        Exception failure = null;
        for (String reading : candidates) {
            try {
                return decryption.open(reading.toCharArray());
            } catch (IOException | PKCSException | OperatorCreationException | RuntimeException e) {
                // A wrong password surfaces as bad padding or as malformed ASN.1; the two cannot be
                // told apart.
                failure = e;
            }
        }
        throw new TlsConfigException(
                TlsFiles.KEY_PASSWORD_FILE
                        + " "
                        + file
                        + ": the password does not open "
                        + TlsFiles.KEY
                        + " "
                        + key.path()
                        + "; put the right one in its first line, in UTF-8",
                failure);
    }

    /** Decrypts a private key. */
    @FunctionalInterface
    interface Decryption {
        PrivateKeyInfo open(char[] password)
                throws IOException, PKCSException, OperatorCreationException;
    }
}
