package io.pageproxy.peer;

import io.pageproxy.certificate.DnsName;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Which of the certificates signed by the CA may be the peer's: those that match at least one entry
 * exactly. Neither entries nor names in certificates are treated as wildcards or patterns.
 *
 * @param dns DNS names of the subject alternative name ({@code --allow-dns}), in the canonical form
 *     of {@link DnsName}
 * @param uris URIs of the subject alternative name, such as SPIFFE IDs ({@code --allow-uri})
 * @param commonNames unescaped common names ({@code --allow-cn}); a certificate with several common
 *     names matches none
 * @param fingerprints SHA-256 of the certificate's DER encoding ({@code --allow-fingerprint}), 64
 *     hex digits in any case with or without colons; stored in lower case without colons
 * @param any whether every certificate signed by the CA is allowed ({@code --allow-any})
 */
public record PeerPolicy(
        Set<String> dns,
        Set<String> uris,
        Set<String> commonNames,
        Set<String> fingerprints,
        boolean any)
        implements PeerAdmission {

    /** Names no peer. */
    public static final PeerPolicy NONE =
            new PeerPolicy(Set.of(), Set.of(), Set.of(), Set.of(), false);

    /** Allows every certificate signed by the CA. */
    public static final PeerPolicy ANY =
            new PeerPolicy(Set.of(), Set.of(), Set.of(), Set.of(), true);

    private static final Pattern FINGERPRINT = Pattern.compile("[0-9a-f]{64}");

    /**
     * Brings the entries to their canonical form.
     *
     * @throws IllegalArgumentException if an entry is malformed, or {@code any} is combined with
     *     names
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

    @Override
    public boolean isEmpty() {
        return !any
                && dns.isEmpty()
                && uris.isEmpty()
                && commonNames.isEmpty()
                && fingerprints.isEmpty();
    }

    @Override
    public Optional<String> refusal(X509Certificate leaf) {
        PeerIdentity peer = PeerIdentity.of(leaf);
        return any || match(peer).isPresent()
                ? Optional.empty()
                : Optional.of(
                        "it is %s, and none of the --allow-* options names it"
                                .formatted(peer.description()));
    }

    /**
     * Returns the entry that allows a peer. DNS names take precedence over URIs, these over the
     * common name, and that over the fingerprint.
     *
     * @return its kind and canonical form, such as {@code dns web1.example.org}; empty if no entry
     *     matches
     */
    public Optional<String> match(PeerIdentity peer) {
        PeerNames names = peer.names();
        return first(
                        "dns ",
                        names.dns().stream().map(DnsName::canonicalOf).flatMap(Optional::stream),
                        dns)
                .or(() -> first("uri ", names.uris().stream(), uris))
                .or(() -> first("cn ", names.commonName().stream(), commonNames))
                .or(() -> first("fingerprint ", Stream.of(peer.fingerprint()), fingerprints));
    }

    private static Optional<String> first(String kind, Stream<String> names, Set<String> allowed) {
        return names.filter(allowed::contains).findFirst().map(kind::concat);
    }

    private static Set<String> canonical(
            String flag, Collection<String> entries, UnaryOperator<String> canonical) {
        if (entries.stream().anyMatch(String::isBlank)) {
            throw new IllegalArgumentException(
                    flag + ": empty; give the name that the peer's certificate bears");
        }
        return entries.stream().map(canonical).collect(Collectors.toUnmodifiableSet());
    }

    private static String canonicalDns(String given) {
        try {
            return DnsName.canonical(given);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("--allow-dns " + given + ": " + e.getMessage(), e);
        }
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
