package io.pageproxy.posix;

import com.sun.jna.Native;
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
    private static final int HEADER_BYTES = 16;
    private static final int REQUEST_BYTES = HEADER_BYTES + 56;
    private static final int ANSWER_BYTES = HEADER_BYTES + 72;
    private static final int ADDRESS_BYTES = 16;
    private static final int STATE_OFFSET = HEADER_BYTES + 1;
    private static final int USER_OFFSET = HEADER_BYTES + 64;
    private static final int INODE_OFFSET = HEADER_BYTES + 68;

    private static final short SOCK_DIAG_BY_FAMILY = 20;
    private static final short NLM_F_REQUEST = 1;
    private static final byte IPPROTO_TCP = 6;
    private static final byte TCP_ESTABLISHED = 1;
    private static final int ANY_STATE = -1;
    private static final long ANY_COOKIE = -1;

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
        LibC libc = Posix.libc();
        int type = LibC.SOCK_DGRAM | LibC.SOCK_CLOEXEC;
        int netlink =
                check(libc, libc.socket(LibC.AF_NETLINK, type, LibC.NETLINK_SOCK_DIAG), "be had");
        try (DescriptorChannel channel = new DescriptorChannel(libc, netlink)) {
            // The socket is connected to the kernel, so nobody else can reply.
            ByteBuffer kernel = buffer(LibC.SOCKADDR_NL_BYTES).putShort(0, LibC.AF_NETLINK);
            check(libc, libc.connect(netlink, kernel, LibC.SOCKADDR_NL_BYTES), "be connected");
            channel.write(request(local, remote));
            ByteBuffer answer = buffer(ANSWER_BYTES);
            channel.read(answer); // the kernel has replied when write returns
            return owner(answer.flip());
        }
    }

    private static ByteBuffer request(InetSocketAddress local, InetSocketAddress remote) {
        boolean v4 = local.getAddress() instanceof Inet4Address;
        ByteBuffer out = buffer(REQUEST_BYTES);
        out.putInt(REQUEST_BYTES).putShort(SOCK_DIAG_BY_FAMILY).putShort(NLM_F_REQUEST);
        out.putLong(0); // sequence, sender
        out.put((byte) (v4 ? LibC.AF_INET : LibC.AF_INET6)).put(IPPROTO_TCP).putShort((short) 0);
        out.putInt(ANY_STATE);
        out.order(ByteOrder.BIG_ENDIAN);
        out.putShort((short) local.getPort()).putShort((short) remote.getPort());
        putAddress(out, local.getAddress());
        putAddress(out, remote.getAddress());
        out.putInt(0).putLong(ANY_COOKIE); // any interface
        return out.flip();
    }

    private static void putAddress(ByteBuffer out, InetAddress address) {
        int end = out.position() + ADDRESS_BYTES;
        out.put(address.getAddress()).position(end);
    }

    private static OptionalInt owner(ByteBuffer answer) {
        boolean told =
                answer.remaining() == ANSWER_BYTES
                        && answer.getShort(Integer.BYTES) == SOCK_DIAG_BY_FAMILY;
        boolean open =
                told
                        && answer.get(STATE_OFFSET) == TCP_ESTABLISHED
                        && answer.getInt(INODE_OFFSET) != 0;
        return open ? OptionalInt.of(answer.getInt(USER_OFFSET)) : OptionalInt.empty();
    }

    private static ByteBuffer buffer(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    }

    private static int check(LibC libc, int result, String what) throws IOException {
        if (result < 0) {
            throw new IOException(
                    "netlink's socket for sock_diag cannot "
                            + what
                            + ": "
                            + libc.strerror(Native.getLastError()));
        }
        return result;
    }
}
