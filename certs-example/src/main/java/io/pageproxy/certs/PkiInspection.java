package io.pageproxy.certs;

import io.pageproxy.certs.CertificateInfo.KeyMatch;
import io.pageproxy.certs.CertificateInfo.Revocation;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The content of PEM files, read for display. Neither chains nor signatures are verified; a CRL is
 * matched by its issuer's name.
 *
 * @param certificates in the order of the files; within a folder the CA first
 * @param crls in the same order
 */
public record PkiInspection(List<CertificateInfo> certificates, List<CrlInfo> crls) {
    private static final String SUFFIX = ".pem";
    private static final String KEY_SUFFIX = "-key.pem";

    public PkiInspection {
        certificates = List.copyOf(certificates);
        crls = List.copyOf(crls);
    }

    /**
     * Reads every *.pem file of a folder except *-key.pem, which are only matched with their
     * certificates.
     *
     * @throws PkiException if there is none, or one cannot be read
     */
    public static PkiInspection ofDirectory(Path dir) throws PkiException {
        List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> found = Files.newDirectoryStream(dir, "*" + SUFFIX)) {
            for (Path file : found) {
                if (!file.getFileName().toString().endsWith(KEY_SUFFIX)) {
                    files.add(file);
                }
            }
        } catch (IOException e) {
            throw PkiException.ofFile(dir, e);
        }
        if (files.isEmpty()) {
            throw new PkiException(
                    dir + ": holds no certificates; make a PKI: pageproxy certs init --dir " + dir);
        }
        files.sort(
                Comparator.comparing((Path file) -> !file.endsWith("ca.pem"))
                        .thenComparing(Path::getFileName));
        return ofFiles(files);
    }

    /**
     * Reads the given files. A crl.pem in the folder of a certificate is considered, too. A key is
     * shown by the certificate beside it, which says whether they match.
     *
     * @throws PkiException if one cannot be read, or contains neither certificate nor CRL, and is
     *     not the key of a certificate beside it
     */
    public static PkiInspection ofFiles(List<Path> given) throws PkiException {
        Set<Path> files = new LinkedHashSet<>();
        for (Path file : given) {
            files.add(certificateOf(file));
        }
        List<CrlInfo> crls = new ArrayList<>();
        List<CertificateInfo> found = new ArrayList<>();
        for (Path file : files) {
            Pem.Contents contents = Pem.read(file);
            if (contents.certificates().isEmpty() && contents.crls().isEmpty()) {
                throw new PkiException(
                        file
                                + ": holds neither a certificate nor a CRL in PEM; name one that does");
            }
            contents.crls().forEach(crl -> crls.add(new CrlInfo(file, crl)));
            KeyMatch key = keyBeside(file, contents);
            for (X509Certificate certificate : contents.certificates()) {
                found.add(new CertificateInfo(file, certificate, key, Revocation.UNKNOWN));
                key = KeyMatch.MISSING;
            }
        }
        List<CertificateInfo> judged = new ArrayList<>();
        for (CertificateInfo info : found) {
            judged.add(
                    new CertificateInfo(
                            info.file(), info.certificate(), info.key(), revocation(info, crls)));
        }
        return new PkiInspection(judged, crls);
    }

    /** The certificate beside a file that holds only a key, or else the file itself. */
    private static Path certificateOf(Path file) throws PkiException {
        String name = file.getFileName().toString();
        if (!name.endsWith(KEY_SUFFIX)) {
            return file;
        }
        Pem.Contents contents = Pem.read(file);
        String stem = name.substring(0, name.length() - KEY_SUFFIX.length());
        Path certificate = file.resolveSibling(stem + SUFFIX);
        boolean keyOnly = contents.certificates().isEmpty() && contents.crls().isEmpty();
        return keyOnly && Files.exists(certificate) ? certificate : file;
    }

    private static KeyMatch keyBeside(Path file, Pem.Contents contents) {
        String name = file.getFileName().toString();
        if (contents.certificates().isEmpty() || !name.endsWith(SUFFIX)) {
            return KeyMatch.MISSING;
        }
        String stem = name.substring(0, name.length() - SUFFIX.length());
        Path keyFile = file.resolveSibling(stem + KEY_SUFFIX);
        if (Files.notExists(keyFile)) {
            return KeyMatch.MISSING;
        }
        try {
            return Keys.match(Pem.readKey(keyFile), contents.certificates().get(0).getPublicKey())
                    ? KeyMatch.MATCHES
                    : KeyMatch.DIFFERENT;
        } catch (PkiException e) {
            return KeyMatch.UNREADABLE;
        }
    }

    private static Revocation revocation(CertificateInfo info, List<CrlInfo> given)
            throws PkiException {
        if (info.isAuthority()) {
            return Revocation.NOT_APPLICABLE;
        }
        List<X509CRL> lists = new ArrayList<>(given.stream().map(CrlInfo::crl).toList());
        Path beside = info.file().resolveSibling("crl.pem");
        if (Files.exists(beside)) {
            lists.addAll(Pem.read(beside).crls());
        }
        Revocation verdict = Revocation.UNKNOWN;
        for (X509CRL list : lists) {
            if (list.getIssuerX500Principal().equals(info.certificate().getIssuerX500Principal())) {
                if (list.isRevoked(info.certificate())) {
                    return Revocation.REVOKED;
                }
                verdict = Revocation.NOT_REVOKED;
            }
        }
        return verdict;
    }
}
