package io.pageproxy.source.migrate.dump;

import io.pageproxy.net.SocketTables;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The two ends of a TCP connection; an IPv4 address that an IPv6 socket uses is one of IPv4 here.
 */
record TcpConnection(InetAddress local, int localPort, InetAddress remote, int remotePort) {
    private static final Path PROC = Path.of("/proc");
    private static final int IPV4_BYTES = 4;

    /** Whether both addresses are of IPv6. */
    boolean isIpv6() {
        return local.getAddress().length > IPV4_BYTES;
    }

    /**
     * The connections of a tree, which must not change meanwhile.
     *
     * @param root whose network namespace it uses
     * @param pids all of its processes
     */
    static List<TcpConnection> of(long root, Set<Long> pids) throws IOException {
        Set<Long> sockets = new HashSet<>();
        for (long pid : pids) {
            addSockets(PROC.resolve(pid + "/fd"), sockets);
        }
        return of(SocketTables.of(PROC.resolve(Long.toString(root))), sockets);
    }

    private static void addSockets(Path folder, Set<Long> sockets) throws IOException {
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(folder)) {
            for (Path descriptor : descriptors) {
                SocketTables.inode(Files.readSymbolicLink(descriptor).toString())
                        .ifPresent(sockets::add);
            }
        }
    }

    /** Listening sockets, which have no other end, are none. */
    static List<TcpConnection> of(List<SocketTables.Entry> entries, Set<Long> sockets) {
        return entries.stream()
                .filter(entry -> entry.protocol().startsWith("tcp") && entry.remotePort() != 0)
                .filter(entry -> sockets.contains(entry.inode()))
                .map(
                        entry ->
                                new TcpConnection(
                                        entry.address(),
                                        entry.port(),
                                        entry.remote(),
                                        entry.remotePort()))
                .toList();
    }
}
