package io.pageproxy.certs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NamesTest {
    private static final String LABEL_63 = "a".repeat(63);

    @ParameterizedTest
    @ValueSource(strings = {"a", "web1", "web_1", "Web.1-x", "10.0.0.1", "key"})
    void certificateNameIsAccepted(String name) {
        assertThat(Names.certificate(name)).isEqualTo(name);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "", ".", "..", "-a", "_a", "a/b", "../a", "a b", "a\n", "ä", "ca", "CA", "crl",
                "ca-key", "web-KEY"
            })
    void invalidCertificateNameIsRejectedWithItsValue(String name) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Names.certificate(name))
                .withMessageContaining("'" + name + "': ");
    }

    @Test
    void certificateNameHasAtMost64Characters() {
        assertThat(Names.certificate("a".repeat(64))).hasSize(64);
        assertThatIllegalArgumentException().isThrownBy(() -> Names.certificate("a".repeat(65)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "a.b", "A1-b.Example", "xn--bcher-kva.example", "1.2.3.x"})
    void dnsNameIsConvertedToLowerCase(String name) {
        assertThat(Names.dns(name)).isEqualTo(name.toLowerCase(java.util.Locale.ROOT));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".",
                "a.",
                ".a",
                "a..b",
                "-a",
                "a-",
                "a_b",
                "*.a",
                "*",
                "a b",
                "bücher",
                "10.0.0.1",
                "7",
                "::1",
                "a/b",
                "a\n"
            })
    void invalidDnsNameIsRejectedWithItsValue(String name) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Names.dns(name))
                .withMessageContaining("'" + name + "': ");
    }

    @Test
    void dnsNameHasAtMost63CharactersPerLabelAnd253InTotal() {
        String whole = String.join(".", LABEL_63, LABEL_63, LABEL_63, "a".repeat(61));
        assertThat(Names.dns(whole)).hasSize(253);
        assertThatIllegalArgumentException().isThrownBy(() -> Names.dns(whole + "a"));
        assertThatIllegalArgumentException().isThrownBy(() -> Names.dns(LABEL_63 + "a"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "192.0.2.255", "2001:db8:0:0:0:0:0:7"})
    void addressIsAccepted(String address) {
        assertThat(Names.ip(address).getHostAddress()).isEqualTo(address);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "localhost",
                "1.2.3",
                "1.2.3.256",
                "1.2.3.4/24",
                "0x7f.1",
                "[::1]",
                "fe80::1%eth0",
                ":::1",
                "1.2.3.4 "
            })
    void invalidAddressIsRejectedWithoutNetworkAccess(String address) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Names.ip(address))
                .withMessageContaining("'" + address + "': no address");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "spiffe://example.org/web",
                "spiffe://example.org",
                "spiffe://a_b/x",
                "https://a.example/x?y",
                "urn:uuid:1"
            })
    void uriIsAccepted(String uri) {
        assertThat(Names.uri(uri)).hasToString(uri);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "web",
                "//example.org/web",
                "https://bücher.example/",
                "spiffe:web",
                "spiffe:///web",
                "spiffe://Example.org/web",
                "spiffe://example.org:1/web",
                "spiffe://u@example.org/web",
                "spiffe://example.org/web?x",
                "spiffe://example.org/web#x",
                "a b:c"
            })
    void invalidUriIsRejectedWithItsValue(String uri) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Names.uri(uri))
                .withMessageContaining("'" + uri + "': ");
    }
}
