package io.pageproxy.net;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The TCP and UDP sockets of a network namespace, from proc_pid_net(5). Blocking; any thread. */
public final class SocketTables {
    private static final List<String> PROTOCOLS = List.of("tcp", "tcp6", "udp", "udp6");

    /** A socket's line: its two ends, its state and, far behind, its inode. */
    private static final Pattern LINE =
            Pattern.compile(
                    " *\\d+: ([0-9A-F]{8,32}):([0-9A-F]{4}) ([0-9A-F]{8,32}):([0-9A-F]{4})"
                            + " ([0-9A-F]{2})(?: +\\S+){4} +\\d+ +(\\d+) .*");

    private static final Pattern LINK = Pattern.compile("socket:\\[([0-9]+)]");
    private static final int HEX = 16;

    private SocketTables() {}

    /** What a socket does. */
    public enum State {
        /** It waits for connections, or for datagrams. */
        BOUND,
        /** It is a TCP connection, or being opened or closed as one. */
        CONNECTED
    }

    /**
     * A socket.
     *
     * @param protocol tcp, tcp6, udp or udp6
     * @param address of its local end; one of IPv4 also if a socket of IPv6 uses it
     * @param port of its local end
     * @param remote address of its other end
     * @param remotePort of its other end; 0 if it has none
     * @param inode as in /proc/PID/fd
     */
    public record Entry(
            String protocol,
            InetAddress address,
            int port,
            InetAddress remote,
            int remotePort,
            State state,
            long inode) {
        /** Its local end, such as {@code tcp:127.0.0.1:8080}. */
        public String local() {
            return protocol + ":" + address.getHostAddress() + ":" + port;
        }
    }

    /**
     * Reads the tables.
     *
     * @param process a folder of /proc, whose network namespace it is
     * @throws IOException if one is there and cannot be read
     */
    public static List<Entry> of(Path process) throws IOException {
        List<Entry> entries = new ArrayList<>();
        for (String protocol : PROTOCOLS) {
            Path table = process.resolve("net").resolve(protocol);
            if (Files.exists(table)) {
                entries.addAll(parse(protocol, Files.readAllLines(table, ISO_8859_1)));
            }
        }
        return entries;
    }

    /** Reads the lines of one table; its heading is passed over. */
    public static List<Entry> parse(String protocol, List<String> lines) throws IOException {
        List<Entry> entries = new ArrayList<>();
        for (String text : lines) {
            Matcher line = LINE.matcher(text);
            if (line.matches()) {
                entries.add(
                        new Entry(
                                protocol,
                                address(line.group(1)),
                                Integer.parseInt(line.group(2), HEX),
                                address(line.group(3)),
                                Integer.parseInt(line.group(4), HEX),
                                state(protocol, line.group(5)),
                                Long.parseLong(line.group(6))));
            }
        }
        return entries;
    }

    private static State state(String protocol, String code) {
        return switch (code) {
            case "0A", "07" -> State.BOUND; // TCP_LISTEN and TCP_CLOSE, which UDP uses
            default -> protocol.startsWith("udp") ? State.BOUND : State.CONNECTED;
        };
    }

    /**
     * The inode of a socket.
     *
     * @param target of a link in /proc/PID/fd
     * @return empty if that is no socket
     */
    public static OptionalLong inode(String target) {
        Matcher socket = LINK.matcher(target);
        return socket.matches()
                ? OptionalLong.of(Long.parseLong(socket.group(1)))
                : OptionalLong.empty();
    }

    /** Each group of four bytes is printed as a number of this machine, which is little-endian. */
    private static InetAddress address(String hex) throws IOException {
        byte[] printed = HexFormat.of().parseHex(hex);
        byte[] bytes = new byte[printed.length];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = printed[(i | 3) - (i & 3)];
        }
        return InetAddress.getByAddress(bytes);
    }

    /**
     * The one that keeps another process from binding a local end.
     *
     * @param local as {@link Entry#local}
     */
    public static Optional<Entry> conflict(List<Entry> entries, String local) throws IOException {
        int address = local.indexOf(':') + 1;
        int port = local.lastIndexOf(':');
        InetAddress wanted = InetAddress.getByName(local.substring(address, port));
        int number = Integer.parseInt(local.substring(port + 1));
        String transport = local.substring(0, "tcp".length());
        return entries.stream()
                .filter(entry -> entry.state() == State.BOUND && entry.port() == number)
                .filter(entry -> entry.protocol().startsWith(transport))
                .filter(
                        entry ->
                                entry.address().equals(wanted)
                                        || entry.address().isAnyLocalAddress()
                                        || wanted.isAnyLocalAddress())
                .findFirst();
    }
}
