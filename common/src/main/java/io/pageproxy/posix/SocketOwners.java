package io.pageproxy.posix;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.OptionalInt;

/**
 * Queries the kernel for the user that owns a TCP socket of this host's network namespace, by
 * netlink (sock_diag(7)). Thread-safe; blocks only for the system call.
 *
 * <pre>
 *  request   0 nlmsghdr                 answer   0 nlmsghdr
 *           16 u8 family, protocol              16 u8 family, state
 *           20 u32 states                       20 ports, addresses, interface, cookie
 *           24 ports, addresses, ...            80 u32 user
 *                                               84 u32 inode
 * </pre>
 */
public final class SocketOwners {
    private static final int REQUEST_BYTES = SockDiag.HEADER_BYTES + 56;
    private static final int ANSWER_BYTES = SockDiag.HEADER_BYTES + 72;
    private static final int ADDRESS_BYTES = 16;
    private static final int STATE_OFFSET = SockDiag.HEADER_BYTES + 1;
    private static final int USER_OFFSET = SockDiag.HEADER_BYTES + 64;
    private static final int INODE_OFFSET = SockDiag.HEADER_BYTES + 68;

    private static final byte IPPROTO_TCP = 6;
    private static final byte TCP_ESTABLISHED = 1;

    private SocketOwners() {}

    /**
     * Returns the user who created the socket that is bound to {@code local} and connected to
     * {@code remote}. Empty if this host has no such connected socket that is open in a process: it
     * belongs to another host or has been closed, and the user of a closed socket is not reported
     * reliably.
     *
     * @throws IOException if the kernel cannot be queried
     */
    public static OptionalInt of(InetSocketAddress local, InetSocketAddress remote)
            throws IOException {
        try (SockDiag diag = SockDiag.open()) {
            return owner(diag.ask(request(local, remote), ANSWER_BYTES));
        }
    }

    private static ByteBuffer request(InetSocketAddress local, InetSocketAddress remote) {
        boolean v4 = local.getAddress() instanceof Inet4Address;
        ByteBuffer out = SockDiag.request(REQUEST_BYTES);
        out.put((byte) (v4 ? LibC.AF_INET : LibC.AF_INET6)).put(IPPROTO_TCP).putShort((short) 0);
        out.putInt(SockDiag.ANY_STATE);
        out.order(ByteOrder.BIG_ENDIAN);
        out.putShort((short) local.getPort()).putShort((short) remote.getPort());
        putAddress(out, local.getAddress());
        putAddress(out, remote.getAddress());
        return out.putInt(0).putLong(SockDiag.ANY_COOKIE); // any interface
    }

    private static void putAddress(ByteBuffer out, InetAddress address) {
        int end = out.position() + ADDRESS_BYTES;
        out.put(address.getAddress()).position(end);
    }

    private static OptionalInt owner(ByteBuffer answer) {
        boolean open =
                answer.remaining() == ANSWER_BYTES
                        && answer.get(STATE_OFFSET) == TCP_ESTABLISHED
                        && answer.getInt(INODE_OFFSET) != 0;
        return open ? OptionalInt.of(answer.getInt(USER_OFFSET)) : OptionalInt.empty();
    }
}
