package io.pageproxy.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pageproxy.certificate.CertificateNames;
import io.pageproxy.tls.TestPki;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Set;
import java.util.stream.IntStream;
import javax.security.auth.x500.X500Principal;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class PeerPolicyTest {
    private final TestPki ca = new TestPki("test CA");
    private final X509Certificate source = ca.source().leaf();

    @Test
    void namesMatchOnlyAsAWhole() {
        assertThat(allows(dns("SOURCE"))).isTrue();
        assertThat(allows(dns("sourc"))).isFalse();
        assertThat(allows(uri("spiffe://test/source"))).isTrue();
        assertThat(allows(uri("spiffe://test/"))).isFalse();
        assertThat(allows(cn("source"))).isTrue();
        assertThat(allows(cn("Source"))).isFalse();
        assertThat(allows(PeerPolicy.ANY)).isTrue();
        assertThat(allows(PeerPolicy.NONE)).isFalse();
    }

    @Test
    void dnsNamesAreComparedInCanonicalForm() {
        assertThat(allows(dns("source."))).isTrue();
        X509Certificate odd =
                ca.issue(TestPki.leaf("x").dns("xn--bcher-kva.example").dns("My_Host").client())
                        .leaf();
        assertThat(dns("B\u00fccher.example").refusal(odd)).isEmpty();
        assertThat(dns("my_host.").refusal(odd)).isEmpty();
    }

    @Test
    void entriesThatCannotMatchAnyPeerAreRejected() {
        for (String name :
                new String[] {"*", "*.example", "a b", "https://a", "a:9999", "stra\u00dfe.de"}) {
            assertThatThrownBy(() -> dns(name))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("--allow-dns " + name);
        }
    }

    @Test
    void allowAnyIsRejectedBesideEachKindOfName() {
        Set<String> name = Set.of("a");
        Set<String> none = Set.of();
        assertAnyIsRejected(() -> new PeerPolicy(name, none, none, none, true));
        assertAnyIsRejected(() -> new PeerPolicy(none, name, none, none, true));
        assertAnyIsRejected(() -> new PeerPolicy(none, none, name, none, true));
        Set<String> fingerprint = Set.of("0a".repeat(32));
        assertAnyIsRejected(() -> new PeerPolicy(none, none, none, fingerprint, true));
    }

    private static void assertAnyIsRejected(ThrowingCallable made) {
        assertThatThrownBy(made)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("--allow-any lets in whoever the CA signed");
    }

    @Test
    void commonNameIsComparedUnescaped() {
        X509Certificate smith = ca.issue(TestPki.leaf("Smith\\, John").client()).leaf();
        assertThat(cn("Smith, John").refusal(smith)).isEmpty();
        assertThat(cn("Smith\\, John").refusal(smith)).isPresent();
    }

    @Test
    void wildcardInCertificateMatchesNoEntry() {
        X509Certificate wild = ca.issue(TestPki.leaf("w").dns("*.example").client()).leaf();
        assertThat(dns("host.example").refusal(wild)).isPresent();
    }

    @Test
    void fingerprintsMatchWithOrWithoutColonsInAnyCase() {
        String digits = CertificateNames.fingerprint(source);
        String colons =
                HexFormat.ofDelimiter(":")
                        .withUpperCase()
                        .formatHex(HexFormat.of().parseHex(digits));
        assertThat(allows(fingerprint(digits))).isTrue();
        assertThat(allows(fingerprint(colons))).isTrue();
        assertThat(
                        allows(
                                fingerprint(
                                        digits.replace(
                                                digits.charAt(0),
                                                digits.charAt(0) == '0' ? '1' : '0'))))
                .isFalse();
    }

    @Test
    void matchReturnsEntryThatAllowsPeer() {
        PeerIdentity peer = PeerIdentity.of(source);
        assertThat(dns("SOURCE").match(peer)).contains("dns source");
        assertThat(uri("spiffe://test/source").match(peer)).contains("uri spiffe://test/source");
        assertThat(cn("source").match(peer)).contains("cn source");
        assertThat(fingerprint(peer.fingerprint()).match(peer))
                .contains("fingerprint " + peer.fingerprint());
        assertThat(dns("other").match(peer)).isEmpty();
    }

    @Test
    void malformedEntryIsNamedInError() {
        assertThatThrownBy(() -> fingerprint("ab".repeat(20).toUpperCase(Locale.ROOT)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("--allow-fingerprint", "64 hex digits");
        assertThatThrownBy(() -> dns(" ")).hasMessageContaining("--allow-dns");
    }

    @Test
    void refusalNamesPeerInPrintableCharacters() {
        X509Certificate odd = ca.issue(TestPki.leaf("a\u001b[2J").client()).leaf();
        assertThat(dns("source").refusal(odd).orElseThrow())
                .contains("CN a?[2J")
                .contains(CertificateNames.fingerprint(odd));
    }

    @Test
    void refusalShortensNamesAndCountsOmittedOnes() {
        TestPki.Leaf leaf =
                TestPki.leaf("c".repeat(64)).client().uri("spiffe://x/" + "u".repeat(5000));
        IntStream.range(0, 3000).forEach(i -> leaf.dns("host-" + i + ".example"));

        assertThat(dns("source").refusal(ca.issue(leaf).leaf()).orElseThrow())
                .contains("host-0.example")
                .containsPattern("and 29\\d\\d more]")
                .contains("u... (5011 characters)")
                .hasSizeLessThan(900);
    }

    @Test
    void hexAttributesAreReplacedByTheirLength() {
        String subject =
                CertificateNames.printable(
                        new X500Principal(
                                "CN=web,1.2.3.4=#0c05" + "41".repeat(5) + ",1.2.3.5=#0c01" + "42"));

        assertThat(subject).isEqualTo("CN=web,1.2.3.4=(7 bytes),1.2.3.5=(3 bytes)");
    }

    private boolean allows(PeerPolicy policy) {
        return policy.refusal(source).isEmpty();
    }

    private static PeerPolicy dns(String name) {
        return new PeerPolicy(Set.of(name), Set.of(), Set.of(), Set.of(), false);
    }

    private static PeerPolicy uri(String uri) {
        return new PeerPolicy(Set.of(), Set.of(uri), Set.of(), Set.of(), false);
    }

    private static PeerPolicy cn(String name) {
        return new PeerPolicy(Set.of(), Set.of(), Set.of(name), Set.of(), false);
    }

    private static PeerPolicy fingerprint(String fingerprint) {
        return new PeerPolicy(Set.of(), Set.of(), Set.of(), Set.of(fingerprint), false);
    }
}
