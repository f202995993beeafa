package io.pageproxy.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.pageproxy.net.SocketTables.State;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SocketTablesTest {
    private static final Path SELF = Path.of("/proc/self");

    @Test
    void listeningConnectedAndUdpSocketsAreFound() throws IOException {
        InetAddress loopback = InetAddress.getLoopbackAddress();
        try (ServerSocket server = new ServerSocket(0, 1, loopback);
                Socket client = new Socket(loopback, server.getLocalPort());
                DatagramSocket datagrams = new DatagramSocket(new InetSocketAddress(loopback, 0))) {
            assertThat(state(server.getLocalPort(), "tcp", State.BOUND)).isPresent();
            assertThat(state(client.getLocalPort(), "tcp", State.CONNECTED)).isPresent();
            assertThat(state(datagrams.getLocalPort(), "udp", State.BOUND)).isPresent();
        }
    }

    /** Java's own sockets are of IPv6, and their addresses may be those of IPv4 within it. */
    private static Optional<SocketTables.Entry> state(int port, String transport, State state)
            throws IOException {
        return SocketTables.of(SELF).stream()
                .filter(entry -> entry.port() == port && entry.state() == state)
                .filter(entry -> entry.protocol().startsWith(transport))
                .filter(entry -> entry.address().isLoopbackAddress())
                .findFirst();
    }

    /** Lines of a real table, with one address of each kind. */
    @Test
    void addressesAreReadAsTheKernelPrintsThem(@TempDir Path process) throws IOException {
        Path net = Files.createDirectory(process.resolve("net"));
        Files.writeString(
                net.resolve("tcp"),
                """
                  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
                   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0 100 0 0 10 0
                """);
        Files.writeString(
                net.resolve("tcp6"),
                """
                  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
                   0: B80D0120000000000000000001000000:0050 00000000000000000000000000000000:0000 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 0 100 0 0 10 0
                """);
        List<SocketTables.Entry> entries = SocketTables.of(process);
        assertThat(entries)
                .extracting(SocketTables.Entry::local)
                .containsExactly("tcp:127.0.0.1:8080", "tcp6:2001:db8:0:0:0:0:0:1:80");
        assertThat(entries).extracting(SocketTables.Entry::inode).containsExactly(4711L, 4712L);
        assertThat(SocketTables.conflict(entries, "tcp:0.0.0.0:8080")).isPresent();
        assertThat(SocketTables.conflict(entries, "tcp6:2001:db8:0:0:0:0:0:1:80")).isEmpty();
    }
}
