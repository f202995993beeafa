package io.pageproxy.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.unix.DomainSocketAddress;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HostPortTest {
    @ParameterizedTest
    @CsvSource({
        "dest.example:9999, dest.example, 9999",
        "192.0.2.1:0, 192.0.2.1, 0",
        "[2001:db8::1]:65535, 2001:db8::1, 65535",
        "[fe80::1%eth0]:1, fe80::1%eth0, 1",
        "':80', '', 80",
    })
    void validFormsAreParsedAndPrinted(String text, String host, int port) {
        assertThat(HostPort.parse(text)).isEqualTo(new HostPort(host, port));
        assertThat(HostPort.parse(text)).hasToString(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "host",
                "host:",
                "host:65536",
                "host:999999",
                "host:-1",
                "host:http",
                "::1:80",
                "2001:db8::1:80",
                "[::1]",
                "[::1]80",
                "ho st:80",
                "http://host:80",
                "host:٨٠"
            })
    void invalidTextIsRejectedShowingCorrectForm(String text) {
        assertThatThrownBy(() -> HostPort.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("'" + text + "'", "HOST:PORT", "[ADDRESS]:PORT");
    }

    @ParameterizedTest
    @CsvSource({
        "localhost:1, true",
        "127.0.0.1:1, true",
        "127.9.9.9:1, true",
        "[::1]:1, true",
        "':1', false",
        "0.0.0.0:1, false",
        "[::]:1, false",
        "127.example:1, false",
        "192.0.2.1:1, false"
    })
    void loopbackIsReachableOnlyFromThisHost(String text, boolean loopback) {
        assertThat(HostPort.parse(text).isLoopback()).isEqualTo(loopback);
    }

    @Test
    void missingSocketAddressIsShownAsDash() {
        assertThat(HostPort.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), 7)))
                .hasToString("127.0.0.1:7");
        assertThat(HostPort.of(new DomainSocketAddress("/x"))).hasToString("-:0");
        assertThat(HostPort.of(null)).hasToString("-:0");
        assertThat(HostPort.of(InetSocketAddress.createUnresolved("x", 1))).hasToString("-:0");
    }

    @ParameterizedTest
    @CsvSource({
        "0.0.0.0, 0.0.0.0:7",
        "::, [::]:7",
        "::1, [::1]:7",
        "2001:db8:0:0:1:0:0:2, [2001:db8::1:0:0:2]:7",
        "fe80::1%1, [fe80::1%1]:7"
    })
    void socketAddressIsShownInItsShortestForm(String address, String shown) throws Exception {
        assertThat(HostPort.of(new InetSocketAddress(InetAddress.getByName(address), 7)))
                .hasToString(shown);
    }
}
