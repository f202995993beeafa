package io.pageproxy.source.migrate.dump;

import static org.assertj.core.api.Assertions.assertThat;

import io.pageproxy.net.SocketTables;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TcpConnectionTest {
    private static final String HEADING =
            "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid"
                    + "  timeout inode";

    private static final String BEHIND = " 00000000:00000000 02:000004BB 00000000     0        0 ";

    private static List<TcpConnection> parse(String table, List<String> lines, Set<Long> sockets)
            throws IOException {
        return TcpConnection.of(SocketTables.parse(table, lines), sockets);
    }

    @Test
    void bothEndsAreReadInTheOrderOfTheNetwork() throws Exception {
        List<TcpConnection> found =
                parse(
                        "tcp",
                        List.of(
                                HEADING,
                                "   0: 0A0200C0:1E61 010200C0:8606 01" + BEHIND + "101 2 0 20"),
                        Set.of(101L));
        assertThat(found)
                .containsExactly(
                        new TcpConnection(
                                InetAddress.getByName("192.0.2.10"),
                                7777,
                                InetAddress.getByName("192.0.2.1"),
                                34310));
        assertThat(found.get(0).isIpv6()).isFalse();
    }

    @Test
    void mappedAddressIsOfIpv4AndAnotherOneOfIpv6() throws Exception {
        List<TcpConnection> found =
                parse(
                        "tcp6",
                        List.of(
                                "   1: 0000000000000000FFFF00000A0200C0:1E61"
                                        + " 0000000000000000FFFF0000010200C0:8606 01"
                                        + BEHIND
                                        + "7 1 0 20",
                                "   2: B80D0120000000000000000010000000:1E61"
                                        + " B80D0120000000000000000001000000:A526 08"
                                        + BEHIND
                                        + "8 1 0 20"),
                        Set.of(7L, 8L));
        assertThat(found).hasSize(2);
        assertThat(found.get(0).local()).isEqualTo(InetAddress.getByName("192.0.2.10"));
        assertThat(found.get(0).isIpv6()).isFalse();
        assertThat(found.get(1).remote()).isEqualTo(InetAddress.getByName("2001:db8::1"));
        assertThat(found.get(1).isIpv6()).isTrue();
    }

    @Test
    void listenersAndSocketsOfOthersAreNone() throws Exception {
        List<String> lines =
                List.of(
                        "   0: 00000000:1E61 00000000:0000 0A" + BEHIND + "101 1 0 100",
                        "   1: 0A0200C0:1E61 010200C0:8606 01" + BEHIND + "102 1 0 20");
        assertThat(parse("tcp", lines, Set.of(101L))).isEmpty();
    }

    @Test
    void connectionsOfThisProcessAreFound() throws Exception {
        long self = ProcessHandle.current().pid();
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Socket client = new Socket(server.getInetAddress(), server.getLocalPort());
                Socket accepted = server.accept()) {
            assertThat(accepted.isConnected()).isTrue();
            assertThat(TcpConnection.of(self, Set.of(self)))
                    .contains(
                            new TcpConnection(
                                    client.getLocalAddress(),
                                    client.getLocalPort(),
                                    client.getInetAddress(),
                                    client.getPort()));
        }
    }
}
