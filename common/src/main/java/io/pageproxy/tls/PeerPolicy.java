package io.pageproxy.tls;

import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Who, of all that the CA has signed, may be the peer: whoever matches any one entry, exactly. No
 * wildcards and no patterns, in the entries or in the certificate.
 *
 * @param dns DNS names of the subject alternative name ({@code --allow-dns}); case does not matter
 * @param uris URIs of the subject alternative name, such as SPIFFE IDs ({@code --allow-uri})
 * @param commonNames common names ({@code --allow-cn}); a certificate with several has none
 * @param fingerprints SHA-256 of the certificate's DER form ({@code --allow-fingerprint}), 64 hex
 *     digits, with or without colons, any case; kept in lower case without colons
 * @param any whoever the CA signed ({@code --allow-any})
 */
public record PeerPolicy(
        Set<String> dns,
        Set<String> uris,
        Set<String> commonNames,
        Set<String> fingerprints,
        boolean any) {

    /** No one is allowed by name. */
    public static final PeerPolicy NONE =
            new PeerPolicy(Set.of(), Set.of(), Set.of(), Set.of(), false);

    /** Whoever the CA signed. */
    public static final PeerPolicy ANY =
            new PeerPolicy(Set.of(), Set.of(), Set.of(), Set.of(), true);

    private static final Pattern FINGERPRINT = Pattern.compile("[0-9a-f]{64}");

    /**
     * Brings the entries to their canonical form.
     *
     * @throws IllegalArgumentException if an entry is malformed, or names stand beside {@code any}
     */
    public PeerPolicy {
        dns = canonical("--allow-dns", dns, PeerPolicy::canonicalDns);
        uris = canonical("--allow-uri", uris, UnaryOperator.identity());
        commonNames = canonical("--allow-cn", commonNames, UnaryOperator.identity());
        fingerprints =
                canonical("--allow-fingerprint", fingerprints, PeerPolicy::canonicalFingerprint);
        if (any
                && !(dns.isEmpty()
                        && uris.isEmpty()
                        && commonNames.isEmpty()
                        && fingerprints.isEmpty())) {
            throw new IllegalArgumentException(
                    "--allow-any lets in whoever the CA signed, so the other --allow-* would do nothing; leave out one or"
                            + " the other");
        }
    }

    /** Whether nothing is said about who may be the peer. */
    public boolean isEmpty() {
        return !any
                && dns.isEmpty()
                && uris.isEmpty()
                && commonNames.isEmpty()
                && fingerprints.isEmpty();
    }

    /**
     * Why a peer is refused.
     *
     * @param leaf the peer's own certificate, already known to be signed by the CA
     * @return what it is and what it would have to be, or empty if it is allowed
     */
    public Optional<String> refusal(X509Certificate leaf) {
        boolean allowed =
                any
                        || matches(CertificateNames.dns(leaf), PeerPolicy::canonicalDns, dns)
                        || matches(CertificateNames.uris(leaf), UnaryOperator.identity(), uris)
                        || CertificateNames.commonName(leaf)
                                .filter(commonNames::contains)
                                .isPresent()
                        || fingerprints.contains(CertificateNames.fingerprint(leaf));
        return allowed
                ? Optional.empty()
                : Optional.of(
                        "it is %s, and none of the --allow-* options names it"
                                .formatted(names(leaf)));
    }

    private static String names(X509Certificate leaf) {
        String names =
                "DNS %s, URI %s, CN %s, SHA-256 %s"
                        .formatted(
                                CertificateNames.dns(leaf),
                                CertificateNames.uris(leaf),
                                CertificateNames.commonName(leaf).orElse("none"),
                                CertificateNames.fingerprint(leaf));
        return CertificateNames.printable(names);
    }

    private static boolean matches(
            List<String> names, UnaryOperator<String> canonical, Set<String> allowed) {
        return names.stream().map(canonical).anyMatch(allowed::contains);
    }

    private static Set<String> canonical(
            String flag, Collection<String> entries, UnaryOperator<String> canonical) {
        if (entries.stream().anyMatch(String::isBlank)) {
            throw new IllegalArgumentException(
                    flag + ": empty; give the name that the peer's certificate bears");
        }
        return entries.stream().map(canonical).collect(Collectors.toUnmodifiableSet());
    }

    private static String canonicalDns(String name) {
        return name.toLowerCase(Locale.ROOT);
    }

    private static String canonicalFingerprint(String given) {
        String digits = given.replace(":", "").toLowerCase(Locale.ROOT);
        if (!FINGERPRINT.matcher(digits).matches()) {
            throw new IllegalArgumentException(
                    "--allow-fingerprint "
                            + given
                            + ": not a SHA-256 fingerprint, which is 64 hex digits, with or without colons; take it from openssl"
                            + " x509 -noout -fingerprint -sha256 -in CERT");
        }
        return digits;
    }
}
