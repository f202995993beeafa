package io.pageproxy.posix;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * What Unix sockets of this network namespace are connected to. Thread-safe; blocks only for the
 * system calls.
 *
 * <pre>
 *  request   0 nlmsghdr                answer   0 nlmsghdr
 *           16 u8 family, protocol             16 u8 family, type, state
 *           20 u32 states                      20 u32 inode
 *           24 u32 inode                       24 cookie
 *           28 u32 attributes wanted           32 attributes: u16 length, type; value; padding
 *           32 cookie
 * </pre>
 */
public final class UnixPeers {
    private static final int REQUEST_BYTES = SockDiag.HEADER_BYTES + 24;
    private static final int MAX_ANSWER_BYTES = 512;
    private static final int TYPE_OFFSET = SockDiag.HEADER_BYTES + 1;
    private static final int ATTRIBUTES_OFFSET = SockDiag.HEADER_BYTES + 16;
    private static final int ATTRIBUTE_HEADER_BYTES = 4;

    private static final byte AF_UNIX = 1;
    private static final byte DATAGRAM = 2;
    private static final int SHOW_NAME = 1;
    private static final int SHOW_PEER = 4;
    private static final int NAME = 0;
    private static final int PEER = 2;

    private UnixPeers() {}

    /**
     * A socket that is connected.
     *
     * @param inode as in /proc/PID/fd
     * @param datagram whether it carries datagrams
     * @param peer inode of the other end
     * @param peerName the path of the other end, with {@code @} first for one that is no file;
     *     empty if it has no name
     */
    public record Connected(long inode, boolean datagram, long peer, String peerName) {}

    /**
     * Those of some sockets that are Unix sockets and connected.
     *
     * @param inodes of sockets of any kind
     * @throws IOException if the kernel cannot be asked
     */
    public static List<Connected> of(Collection<Long> inodes) throws IOException {
        List<Connected> found = new ArrayList<>();
        try (SockDiag diag = SockDiag.open()) {
            for (long inode : inodes) {
                ByteBuffer socket = ask(diag, inode, SHOW_PEER);
                Optional<ByteBuffer> peer = attribute(socket, PEER);
                if (peer.isPresent()) {
                    long other = Integer.toUnsignedLong(peer.get().getInt());
                    boolean datagram = socket.get(TYPE_OFFSET) == DATAGRAM;
                    found.add(new Connected(inode, datagram, other, name(diag, other)));
                }
            }
        }
        return found;
    }

    private static String name(SockDiag diag, long inode) throws IOException {
        return attribute(ask(diag, inode, SHOW_NAME), NAME)
                .map(value -> StandardCharsets.ISO_8859_1.decode(value).toString())
                .map(name -> name.replaceFirst("\0$", "").replace('\0', '@'))
                .orElse("");
    }

    private static ByteBuffer ask(SockDiag diag, long inode, int show) throws IOException {
        ByteBuffer out = SockDiag.request(REQUEST_BYTES);
        out.put(AF_UNIX).put((byte) 0).putShort((short) 0);
        out.putInt(SockDiag.ANY_STATE).putInt((int) inode).putInt(show);
        return diag.ask(out.putLong(SockDiag.ANY_COOKIE), MAX_ANSWER_BYTES);
    }

    private static Optional<ByteBuffer> attribute(ByteBuffer answer, int type) {
        int at = ATTRIBUTES_OFFSET;
        while (at + ATTRIBUTE_HEADER_BYTES <= answer.limit()) {
            int length = answer.getShort(at);
            if (length < ATTRIBUTE_HEADER_BYTES || at + length > answer.limit()) {
                break;
            }
            if (answer.getShort(at + Short.BYTES) == type) {
                return Optional.of(
                        answer.slice(at + ATTRIBUTE_HEADER_BYTES, length - ATTRIBUTE_HEADER_BYTES)
                                .order(answer.order()));
            }
            at += (length + ATTRIBUTE_HEADER_BYTES - 1) & -ATTRIBUTE_HEADER_BYTES;
        }
        return Optional.empty();
    }
}
