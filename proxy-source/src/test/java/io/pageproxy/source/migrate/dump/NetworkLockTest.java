package io.pageproxy.source.migrate.dump;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import org.junit.jupiter.api.Test;

class NetworkLockTest {
    @Test
    void rulesAreThoseOfCriu() throws Exception {
        TcpConnection connection =
                new TcpConnection(
                        InetAddress.getByName("192.0.2.10"),
                        80,
                        InetAddress.getByName("192.0.2.1"),
                        40_000);
        assertThat(NetworkLock.rules(connection))
                .extracting(words -> String.join(" ", words))
                .containsExactly(
                        "iptables -w -D INPUT -p tcp -m mark ! --mark 0xC114 -s 192.0.2.1"
                                + " --sport 40000 -d 192.0.2.10 --dport 80 -j DROP",
                        "iptables -w -D OUTPUT -p tcp -m mark ! --mark 0xC114 -s 192.0.2.10"
                                + " --sport 80 -d 192.0.2.1 --dport 40000 -j DROP");
    }

    @Test
    void connectionOfIpv6HasRulesOfIp6tables() throws Exception {
        InetAddress loopback = InetAddress.getByName("2001:db8::1");
        assertThat(NetworkLock.rules(new TcpConnection(loopback, 80, loopback, 90)))
                .allSatisfy(words -> assertThat(words).startsWith("ip6tables").contains("-s"));
    }
}
