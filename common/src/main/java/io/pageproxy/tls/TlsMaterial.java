package io.pageproxy.tls;

import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.util.List;

/**
 * One load of a side's TLS files, checked as a whole: what stands here was valid together at the
 * moment of the load. Immutable.
 */
public final class TlsMaterial {
    private final TlsFiles files;
    private final List<X509Certificate> chain;
    private final PrivateKey key;
    private final List<X509Certificate> authorities;
    private final List<X509CRL> revocations;

    /**
     * Reads and checks all the files. Blocks on the disk; an encrypted key costs what its key
     * derivation asks for.
     *
     * @param files where they are
     * @param unsafeKeyPermissions whether a key that others than its owner can read is taken all
     *     the same
     * @throws TlsConfigException at the first fault, with words for the operator
     */
    public TlsMaterial(TlsFiles files, boolean unsafeKeyPermissions) throws TlsConfigException {
        this.files = files;
        PemFile certFile = PemFile.read(TlsFiles.CERT, files.cert());
        this.chain = CertificateFiles.chain(certFile);
        this.key = PrivateKeys.load(files, unsafeKeyPermissions);
        PrivateKeys.requireMatch(certFile, chain.get(0), files.key(), key);
        this.authorities = CertificateFiles.authorities(PemFile.read(TlsFiles.CA, files.ca()));
        if (files.crl().isPresent()) {
            Path crl = files.crl().get();
            this.revocations =
                    CertificateFiles.revocations(PemFile.read(TlsFiles.CRL, crl), authorities);
        } else {
            this.revocations = List.of();
        }
    }

    /** Where this was read from. */
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

    /** Whether the certificate may be used where connections are made, as {@code source} does. */
    public boolean fitsSource() {
        return Purpose.CLIENT.allows(leaf());
    }

    /** Whether the certificate may be used where connections are taken, as {@code dest} does. */
    public boolean fitsDest() {
        return Purpose.SERVER.allows(leaf());
    }

    /** The private key of {@link #leaf()}. */
    PrivateKey key() {
        return key;
    }

    /** The CAs that may sign the peer; never empty. */
    public List<X509Certificate> authorities() {
        return authorities;
    }

    /** The revocation lists; empty exactly if no {@code --crl} was given. */
    public List<X509CRL> revocations() {
        return revocations;
    }
}
