package io.pageproxy.tls;

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
 * The first line of {@code --key-password-file}, as the texts that it can be: UTF-8 first, which is
 * what terminals send and openssl takes, then ISO 8859-1, for a file that an older editor wrote. A
 * key is always opened with the UTF-8 form of that text.
 */
final class KeyPassword {
    private static final String UTF_8_MARK = "\uFEFF";

    private final Path file;
    private final Set<String> readings;

    private KeyPassword(Path file, Set<String> readings) {
        this.file = file;
        this.readings = readings;
    }

    /** Reads the file. */
    static KeyPassword read(Path file) throws TlsConfigException {
        byte[] bytes = PemFile.readBytes(TlsFiles.KEY_PASSWORD_FILE, file);
        Set<String> readings = new LinkedHashSet<>();
        try {
            String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)) + "";
            readings.add(firstLine(text.startsWith(UTF_8_MARK) ? text.substring(1) : text));
        } catch (CharacterCodingException e) {
            // Then it is not UTF-8.
        }
        readings.add(firstLine(new String(bytes, StandardCharsets.ISO_8859_1)));
        if (readings.contains("")) {
            throw new TlsConfigException(
                    TlsFiles.KEY_PASSWORD_FILE,
                    file,
                    "its first line is empty",
                    "put the password there");
        }
        return new KeyPassword(file, readings);
    }

    private static String firstLine(String text) {
        return text.lines().findFirst().orElse("");
    }

    /**
     * Opens a key by whichever reading fits.
     *
     * @throws TlsConfigException where none does
     */
    PrivateKeyInfo open(PemFile key, Lock lock) throws TlsConfigException {
        Exception failure = null;
        for (String reading : readings) {
            try {
                return lock.open(reading.toCharArray());
            } catch (IOException | PKCSException | OperatorCreationException | RuntimeException e) {
                // A wrong password shows as bad padding or as ASN.1 that makes no sense: there is
                // no telling them apart.
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

    /** An encrypted key. */
    @FunctionalInterface
    interface Lock {
        PrivateKeyInfo open(char[] password)
                throws IOException, PKCSException, OperatorCreationException;
    }
}
