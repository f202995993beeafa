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

/** Options of TLS: our certificate and the permitted peers. */
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
            description = "its private key, PEM, readable only by its owner")
    private Path key;

    @Option(
            names = "--ca",
            required = true,
            paramLabel = "FILE",
            description = "the CA certificates that must have signed the peer's certificate")
    private Path ca;

    @Option(
            names = "--crl",
            paramLabel = "FILE",
            description = "certificate revocation lists; an expired list refuses every peer")
    private Path crl;

    @Option(
            names = "--key-password-file",
            paramLabel = "FILE",
            description = "a file whose first line is the password of the encrypted key")
    private Path keyPasswordFile;

    @Option(
            names = "--unsafe-key-permissions",
            description = "accept a key or password file that others can read")
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
            description = "allow every peer whose certificate is signed by the CA")
    private boolean allowAny;

    /** The certificate and key files. */
    public TlsFiles files() {
        return new TlsFiles(
                cert, key, ca, Optional.ofNullable(crl), Optional.ofNullable(keyPasswordFile));
    }

    /** Whether a key file that others can read is accepted. */
    public boolean unsafeKeyPermissions() {
        return unsafeKeyPermissions;
    }

    /**
     * Returns the permitted peers.
     *
     * @param command the command with these options
     * @throws ParameterException if a value is invalid; the message names option and value
     */
    public PeerPolicy policy(CommandLine command) {
        try {
            return new PeerPolicy(allowDns, allowUri, allowCn, allowFingerprint, allowAny);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(command, e.getMessage());
        }
    }
}
