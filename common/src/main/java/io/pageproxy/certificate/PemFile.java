package io.pageproxy.certificate;

import io.pageproxy.posix.Posix;
import io.pageproxy.text.FailureText;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.bouncycastle.openssl.PEMParser;

/**
 * A parsed PEM file, with the flag that named it so that every error message can name both.
 *
 * @param flag the option that named the file
 * @param path the file
 * @param objects the objects that BouncyCastle parsed, in file order; never empty
 */
public record PemFile(String flag, Path path, List<Object> objects) {

    /**
     * Larger than any chain, bundle or sensible CRL; keeps a wrong path (a disk image, a log) from
     * being read into memory.
     */
    static final long MAX_FILE_BYTES = 16L << 20;

    private static final Set<PosixFilePermission> FOR_OTHERS =
            EnumSet.complementOf(
                    EnumSet.of(
                            PosixFilePermission.OWNER_READ,
                            PosixFilePermission.OWNER_WRITE,
                            PosixFilePermission.OWNER_EXECUTE));

    /** Reads and splits a file into its PEM objects. */
    public static PemFile read(String flag, Path path) throws TlsConfigException {
        return parse(flag, path, readText(flag, path));
    }

    /** Parses a text into its PEM objects; {@code path} is only used in messages. */
    static PemFile parse(String flag, Path path, String text) throws TlsConfigException {
        String lines = PemText.normalized(text);
        if (!lines.contains(PemText.BEGIN)) {
            throw new TlsConfigException(
                    flag,
                    path,
                    "not PEM (there is no -----BEGIN line)",
                    PemText.isUtf16(text)
                            ? "it is UTF-16: save it as UTF-8 or ASCII"
                            : "convert it, DER for example with openssl x509 -inform der -in FILE"
                                    + " -out FILE.pem");
        }
        List<Object> objects = new ArrayList<>();
        try (PEMParser parser = new PEMParser(new StringReader(lines))) {
            for (Object next = parser.readObject(); next != null; next = parser.readObject()) {
                objects.add(next);
            }
        } catch (IOException | RuntimeException e) {
            // BouncyCastle throws various unchecked exceptions for damaged base64 or ASN.1.
            throw new TlsConfigException(
                    flag
                            + " "
                            + path
                            + ": damaged PEM ("
                            + FailureText.of(e)
                            + "); create the file again",
                    e);
        }
        if (objects.isEmpty()) {
            throw new TlsConfigException(
                    flag, path, "holds no complete PEM object", "create the file again");
        }
        if (objects.size() != PemText.beginnings(lines)) {
            throw new TlsConfigException(
                    flag,
                    path,
                    "only "
                            + objects.size()
                            + " of its "
                            + PemText.beginnings(lines)
                            + " PEM objects can be read, since other text precedes a -----BEGIN"
                            + " or a line break is missing",
                    "put each -----BEGIN and -----END on a separate line");
        }
        return new PemFile(flag, path, List.copyOf(objects));
    }

    /**
     * Reads a file of at most {@link #MAX_FILE_BYTES} as ISO 8859-1, which maps each byte to one
     * character.
     */
    static String readText(String flag, Path path) throws TlsConfigException {
        return new String(readBytes(flag, path), StandardCharsets.ISO_8859_1);
    }

    /** Reads a file of at most {@link #MAX_FILE_BYTES}. */
    static byte[] readBytes(String flag, Path path) throws TlsConfigException {
        try {
            if (Files.exists(path) && !Files.isRegularFile(path)) {
                throw new TlsConfigException(flag, path, "not a regular file", "give a file");
            }
            if (Files.size(path) > MAX_FILE_BYTES) {
                throw new TlsConfigException(
                        flag, path, "larger than " + MAX_FILE_BYTES + " bytes", "give a PEM file");
            }
            return Files.readAllBytes(path);
        } catch (NoSuchFileException e) {
            throw new TlsConfigException(flag, path, "no such file", "check the path");
        } catch (AccessDeniedException e) {
            throw new TlsConfigException(
                    flag, path, "not readable", "let the user that runs pageproxy read it");
        } catch (IOException e) {
            throw new TlsConfigException(
                    flag
                            + " "
                            + path
                            + ": cannot be read ("
                            + FailureText.of(e)
                            + "); check the file",
                    e);
        }
    }

    /**
     * Refuses a secret file that others than its owner may access. A file of root that this process
     * reads by its group is accepted: that is how Debian packages and Kubernetes hand a key to a
     * service, and the same rule as PostgreSQL's.
     */
    static void requirePrivate(String flag, Path path) throws TlsConfigException {
        try {
            Set<PosixFilePermission> mode = Files.getPosixFilePermissions(path);
            int owner = (int) Files.getAttribute(path, "unix:uid");
            if (!isPrivate(mode, owner, Posix.effectiveUser())) {
                throw new TlsConfigException(
                        flag,
                        path,
                        "group or others have permissions on it ("
                                + PosixFilePermissions.toString(mode)
                                + ")",
                        "chmod 600 " + path + ", or say --unsafe-key-permissions");
            }
        } catch (NoSuchFileException e) {
            throw new TlsConfigException(flag, path, "no such file", "check the path");
        } catch (IOException e) {
            throw new TlsConfigException(
                    flag + " " + path + ": its mode cannot be read (" + FailureText.of(e) + ")", e);
        }
    }

    /** Whether a file of the user {@code owner} is a secret of the user {@code self}. */
    static boolean isPrivate(Set<PosixFilePermission> mode, int owner, int self) {
        Set<PosixFilePermission> forOthers = EnumSet.copyOf(FOR_OTHERS);
        if (owner == 0 && self != 0) {
            forOthers.remove(PosixFilePermission.GROUP_READ);
        }
        return Collections.disjoint(mode, forOthers);
    }

    TlsConfigException fault(String wrong, String remedy) {
        return new TlsConfigException(flag, path, wrong, remedy);
    }
}
