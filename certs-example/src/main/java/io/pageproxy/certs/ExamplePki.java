package io.pageproxy.certs;

import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.cert.X509CRL;
import java.security.cert.X509CRLEntry;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * A certificate authority in a folder: ca.pem, ca-key.pem, crl.pem, and NAME.pem with NAME-key.pem
 * for each issued certificate.
 *
 * <p>Only crl.pem is ever overwritten, and each call writes either all of its files or none. Calls
 * block on the file system; they may run on any thread and in several processes concurrently.
 */
public final class ExamplePki {
    private static final String CA = "ca";
    private static final String CRL = "crl.pem";
    private static final SubjectAltNames DEST_NAMES =
            new SubjectAltNames(
                    List.of("dest", "localhost"),
                    List.<InetAddress>of(Names.ip("127.0.0.1"), Names.ip("::1")),
                    List.of());

    private final Path dir;
    private final CertificateAuthority authority;
    private final Clock clock;

    private ExamplePki(Path dir, CertificateAuthority authority, Clock clock) {
        this.dir = dir;
        this.authority = authority;
        this.clock = clock;
    }

    /**
     * Creates a new CA, an empty CRL, and the certificates {@code source} and {@code dest}.
     *
     * @param dir created with mode 0700 if missing
     * @throws PkiException if one of the files exists (nothing is written then) or cannot be
     *     created
     */
    public static ExamplePki create(Path dir, InitOptions options) throws PkiException {
        return create(dir, options, Clock.systemUTC());
    }

    static ExamplePki create(Path dir, InitOptions options, Clock clock) throws PkiException {
        Instant now = clock.instant();
        CertificateAuthority authority = CertificateAuthority.create(now);
        ExamplePki pki = new ExamplePki(dir, authority, clock);
        SubjectAltNames destNames = DEST_NAMES.plus(options.destNames());
        NewFiles files =
                new NewFiles(dir)
                        .open(file(CA), Pem.encode(authority.certificate()))
                        .secret(keyFile(CA), Pem.encode(authority.key()))
                        .open(
                                CRL,
                                Pem.encode(RevocationList.empty(authority, now, options.days())));
        pki.issueInto(
                files,
                IssueOptions.named("source", Role.SOURCE, SubjectAltNames.NONE, options.days()),
                now);
        pki.issueInto(files, new IssueOptions("dest", Role.DEST, destNames, options.days()), now);
        files.write();
        return pki;
    }

    /**
     * Opens a PKI that was made by {@link #create}.
     *
     * @throws PkiException if ca.pem or ca-key.pem is missing or damaged, or they do not match
     */
    public static ExamplePki open(Path dir) throws PkiException {
        return open(dir, Clock.systemUTC());
    }

    static ExamplePki open(Path dir, Clock clock) throws PkiException {
        Path certificateFile = dir.resolve(file(CA));
        Path keyFile = dir.resolve(keyFile(CA));
        if (Files.notExists(certificateFile)) {
            throw new PkiException(
                    certificateFile
                            + ": missing; make a PKI first: pageproxy certs init --dir "
                            + dir);
        }
        CertificateAuthority authority =
                new CertificateAuthority(
                        Pem.readCertificate(certificateFile), Pem.readKey(keyFile));
        if (!authority.key().getAlgorithm().equals("EC")
                || !Keys.match(authority.key(), authority.certificate().getPublicKey())) {
            throw new PkiException(
                    keyFile + ": not the key of " + certificateFile + "; put back the right pair");
        }
        return new ExamplePki(dir, authority, clock);
    }

    /**
     * Issues a certificate with a new key.
     *
     * @throws PkiException if a file of that name exists, or the certificate would outlive the CA
     */
    public Issued issue(IssueOptions options) throws PkiException {
        Instant now = clock.instant();
        refuseToOutliveAuthority(options.days(), now);
        NewFiles files = new NewFiles(dir);
        X509Certificate certificate = issueInto(files, options, now);
        files.write();
        return new Issued(
                certificate, certificateFile(options.name()), privateKeyFile(options.name()));
    }

    /**
     * Adds the certificate NAME.pem to the CRL. A certificate that is already revoked keeps its
     * original date.
     *
     * @throws IllegalArgumentException if {@link Names#certificate} rejects the name
     * @throws PkiException if NAME.pem or crl.pem is missing, damaged or not from this CA
     */
    public Revoked revoke(String name) throws PkiException {
        Path file = certificateFile(Names.certificate(name));
        X509Certificate certificate = Pem.readCertificate(file);
        if (!authority.issued(certificate)) {
            throw new PkiException(
                    file + ": not issued by " + caFile() + ", which therefore cannot revoke it");
        }
        try (LockedFile locked = new LockedFile(crlFile())) {
            X509CRL current = readCrl();
            X509CRLEntry entry = current.getRevokedCertificate(certificate.getSerialNumber());
            if (entry != null) {
                return new Revoked(current, entry.getRevocationDate().toInstant(), true);
            }
            Instant now = clock.instant();
            X509CRL next =
                    RevocationList.next(
                            authority, current, now, List.of(certificate.getSerialNumber()));
            locked.replace(Pem.encode(next));
            return new Revoked(next, now, false);
        }
    }

    /** Renews crl.pem with the same entries and the same period of validity, starting now. */
    public X509CRL renewCrl() throws PkiException {
        try (LockedFile locked = new LockedFile(crlFile())) {
            X509CRL next = RevocationList.next(authority, readCrl(), clock.instant(), List.of());
            locked.replace(Pem.encode(next));
            return next;
        }
    }

    /** The CA certificate, which both sides use as {@code --ca}. */
    public Path caFile() {
        return certificateFile(CA);
    }

    /** The CA key, which belongs on neither side. */
    public Path caKeyFile() {
        return privateKeyFile(CA);
    }

    /** The revocation list, which both sides use as {@code --crl}. */
    public Path crlFile() {
        return dir.resolve(CRL);
    }

    /** Path of the certificate with a name, whether it exists or not. */
    public Path certificateFile(String name) {
        return dir.resolve(file(name));
    }

    /** Path of the private key with a name, whether it exists or not. */
    public Path privateKeyFile(String name) {
        return dir.resolve(keyFile(name));
    }

    private X509Certificate issueInto(NewFiles files, IssueOptions options, Instant now) {
        KeyPair pair = Keys.generate();
        X509Certificate certificate = authority.issue(pair.getPublic(), options, now);
        files.open(file(options.name()), Pem.encode(certificate))
                .secret(keyFile(options.name()), Pem.encode(pair.getPrivate()));
        return certificate;
    }

    private void refuseToOutliveAuthority(int days, Instant now) throws PkiException {
        Instant end = authority.certificate().getNotAfter().toInstant();
        long left = Duration.between(now, end).toDays();
        if (left < 1) {
            throw new PkiException(
                    caFile() + ": ends " + end + "; make a new PKI in another folder");
        }
        if (days > left) {
            throw new PkiException(
                    caFile()
                            + ": ends "
                            + end
                            + ", before "
                            + days
                            + " days are over; ask for at most "
                            + left);
        }
    }

    private X509CRL readCrl() throws PkiException {
        X509CRL crl = Pem.readCrl(crlFile());
        if (!authority.issued(crl)) {
            throw new PkiException(
                    crlFile() + ": not signed by " + caFile() + "; put back the right one");
        }
        return crl;
    }

    private static String file(String name) {
        return name + ".pem";
    }

    private static String keyFile(String name) {
        return name + "-key.pem";
    }
}
