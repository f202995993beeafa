package io.pageproxy.certificate;

import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.util.List;

/** The TLS files of one side, loaded and validated together. Immutable. */
public final class TlsMaterial {
    private final TlsFiles files;
    private final List<X509Certificate> chain;
    private final PrivateKey key;
    private final Authorities authorities;
    private final List<X509CRL> revocations;

    /**
     * Reads and validates all files. Blocks on disk access; decrypting a key takes as long as its
     * key derivation.
     *
     * @param files paths of the files
     * @param unsafeKeyPermissions whether a key file that others can read is accepted
     * @throws TlsConfigException at the first problem, with a message for the operator
     */
    public TlsMaterial(TlsFiles files, boolean unsafeKeyPermissions) throws TlsConfigException {
        this.files = files;
        this.authorities = Authorities.of(PemFile.read(TlsFiles.CA, files.ca()));
        PemFile certFile = PemFile.read(TlsFiles.CERT, files.cert());
        List<X509Certificate> given = CertificateFiles.certificates(certFile);
        this.key = PrivateKeys.load(files, unsafeKeyPermissions);
        this.chain = OwnChain.of(certFile, given, key, files, authorities.trusted());
        if (files.crl().isPresent()) {
            Path crl = files.crl().get();
            this.revocations = RevocationLists.read(PemFile.read(TlsFiles.CRL, crl), authorities);
        } else {
            this.revocations = List.of();
        }
    }

    /** The files that this was read from. */
    public TlsFiles files() {
        return files;
    }

    /** This side's certificate chain, leaf first; never empty. */
    public List<X509Certificate> chain() {
        return chain;
    }

    /** This side's own certificate. */
    public X509Certificate leaf() {
        return chain.get(0);
    }

    /** Whether our certificate permits client authentication, which {@code source} needs. */
    public boolean fitsSource() {
        return Purpose.CLIENT.allows(leaf());
    }

    /** Whether our certificate permits server authentication, which {@code dest} needs. */
    public boolean fitsDest() {
        return Purpose.SERVER.allows(leaf());
    }

    /**
     * Rejects our own certificate if {@code --crl} revokes it or a CA of its chain: every peer with
     * that list refuses it. Only for the start. A list that is replaced later must come into force
     * even if it revokes us, because it may revoke peers as well.
     *
     * @throws TlsConfigException if it is revoked
     */
    public void requireNotRevoked() throws TlsConfigException {
        for (X509Certificate certificate : chain) {
            if (revocations.stream().anyMatch(list -> list.isRevoked(certificate))) {
                throw new TlsConfigException(
                        TlsFiles.CERT,
                        files.cert(),
                        (certificate.equals(leaf()) ? "" : "its CA ")
                                + CertificateNames.subject(certificate)
                                + " is revoked by "
                                + TlsFiles.CRL
                                + " "
                                + files.crl().orElseThrow(),
                        "have another one issued");
            }
        }
    }

    /** The private key of {@link #leaf()}. */
    public PrivateKey key() {
        return key;
    }

    /** The CAs that may sign the peer; never empty. */
    public List<X509Certificate> authorities() {
        return authorities.trusted();
    }

    /**
     * Problems that do not prevent the files from being used, such as an expired CA in a bundle.
     */
    public List<String> warnings() {
        return authorities.warnings();
    }

    /** The revocation lists; empty if and only if no {@code --crl} was given. */
    public List<X509CRL> revocations() {
        return revocations;
    }
}
