package io.pageproxy.posix;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Asks the kernel about sockets of this process. */
class UnixPeersTest {
    @TempDir Path folder;

    @Test
    void bothEndsOfAConnectionKnowEachOther() throws Exception {
        UnixDomainSocketAddress address = UnixDomainSocketAddress.of(folder.resolve("socket"));
        List<Long> before = sockets();
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(address);
            List<Long> listening = sockets();
            try (SocketChannel client = SocketChannel.open(address);
                    SocketChannel accepted = server.accept()) {
                List<Long> made = sockets();
                made.removeAll(listening);
                List<UnixPeers.Connected> found = UnixPeers.of(made);
                assertThat(found)
                        .extracting(UnixPeers.Connected::inode)
                        .containsExactlyInAnyOrderElementsOf(made);
                assertThat(found)
                        .extracting(UnixPeers.Connected::peer)
                        .containsExactlyInAnyOrderElementsOf(made);
                assertThat(found)
                        .extracting(UnixPeers.Connected::peerName)
                        .containsExactlyInAnyOrder("", address.getPath().toString());
                assertThat(found).noneMatch(UnixPeers.Connected::datagram);
                assertThat(client.isConnected() && accepted.isOpen()).isTrue();
            }
            listening.removeAll(before);
            assertThat(UnixPeers.of(listening)).isEmpty();
        }
    }

    @Test
    void inodeOfNoUnixSocketHasNoPeer() throws Exception {
        assertThat(UnixPeers.of(List.of(1L))).isEmpty();
    }

    private static List<Long> sockets() throws Exception {
        List<Long> inodes = new ArrayList<>();
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            for (Path link : descriptors.toList()) {
                if (Files.isSymbolicLink(link)) {
                    String target = Files.readSymbolicLink(link).toString();
                    if (target.startsWith("socket:[")) {
                        inodes.add(Long.valueOf(target.substring(8, target.length() - 1)));
                    }
                }
            }
        }
        return inodes;
    }
}
