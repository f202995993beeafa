package io.pageproxy.cli.options;

import io.pageproxy.certificate.TlsFiles;
import io.pageproxy.peer.PeerPolicy;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Options of TLS: who we are, and who the peer may be. */
public final class TlsOptions {
    @Option(
            names = "--cert",
            required = true,
            paramLabel = "FILE",
            description = "our certificate with its chain, PEM; reloaded when it changes")
    private Path cert;

    @Option(
            names = "--key",
            required = true,
            paramLabel = "FILE",
            description = "its private key, PEM, readable by nobody else")
    private Path key;

    @Option(
            names = "--ca",
            required = true,
            paramLabel = "FILE",
            description = "the certificate authorities that the peer's certificate must come from")
    private Path ca;

    @Option(
            names = "--crl",
            paramLabel = "FILE",
            description = "revoked certificates; an expired list refuses everybody")
    private Path crl;

    @Option(
            names = "--key-password-file",
            paramLabel = "FILE",
            description = "the password of an encrypted key, in the first line")
    private Path keyPasswordFile;

    @Option(
            names = "--unsafe-key-permissions",
            description = "take a key or password file that others than its owner can read")
    private boolean unsafeKeyPermissions;

    @Option(
            names = "--allow-dns",
            paramLabel = "NAME",
            description = "allow the peer whose certificate has this DNS name (repeatable)")
    private Set<String> allowDns = new LinkedHashSet<>();

    @Option(
            names = "--allow-uri",
            paramLabel = "URI",
            description = "allow the peer whose certificate has this URI, such as a SPIFFE ID")
    private Set<String> allowUri = new LinkedHashSet<>();

    @Option(
            names = "--allow-cn",
            paramLabel = "CN",
            description = "allow the peer whose certificate has this common name")
    private Set<String> allowCn = new LinkedHashSet<>();

    @Option(
            names = "--allow-fingerprint",
            paramLabel = "SHA256",
            description = "allow the peer whose certificate has this fingerprint")
    private Set<String> allowFingerprint = new LinkedHashSet<>();

    @Option(
            names = "--allow-any",
            description = "allow every peer whose certificate the CA has signed")
    private boolean allowAny;

    /** The files. */
    public TlsFiles files() {
        return new TlsFiles(
                cert, key, ca, Optional.ofNullable(crl), Optional.ofNullable(keyPasswordFile));
    }

    /** Whether a key that others can read is taken all the same. */
    public boolean unsafeKeyPermissions() {
        return unsafeKeyPermissions;
    }

    /**
     * Who may be at the other end.
     *
     * @param command whose options these are
     * @throws ParameterException where an option's value is none that can be, naming both
     */
    public PeerPolicy policy(CommandLine command) {
        try {
            return new PeerPolicy(allowDns, allowUri, allowCn, allowFingerprint, allowAny);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(command, e.getMessage());
        }
    }
}
