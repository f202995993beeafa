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
    private final Authorities authorities;
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
        this.authorities = Authorities.of(PemFile.read(TlsFiles.CA, files.ca()));
        PemFile certFile = PemFile.read(TlsFiles.CERT, files.cert());
        List<X509Certificate> given = CertificateFiles.certificates(certFile);
        this.key = PrivateKeys.load(files, unsafeKeyPermissions);
        this.chain = OwnChain.of(certFile, given, key, files, authorities.trusted());
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
        return authorities.trusted();
    }

    /** What is wrong with the files though they can be used: a CA that had to be left out. */
    public List<String> warnings() {
        return authorities.warnings();
    }

    /** The revocation lists; empty exactly if no {@code --crl} was given. */
    public List<X509CRL> revocations() {
        return revocations;
    }
}
