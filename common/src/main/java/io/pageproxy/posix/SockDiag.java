package io.pageproxy.posix;

import com.sun.jna.Native;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Asks the kernel about single sockets of this network namespace, by netlink (sock_diag(7)). One
 * thread at a time; blocks only for the system calls.
 */
final class SockDiag implements AutoCloseable {
    static final int HEADER_BYTES = 16;
    static final int ANY_STATE = -1;
    static final long ANY_COOKIE = -1;

    private static final short SOCK_DIAG_BY_FAMILY = 20;
    private static final short NLM_F_REQUEST = 1;

    private final DescriptorChannel channel;

    private SockDiag(DescriptorChannel channel) {
        this.channel = channel;
    }

    static SockDiag open() throws IOException {
        LibC libc = Posix.libc();
        int type = LibC.SOCK_DGRAM | LibC.SOCK_CLOEXEC;
        int netlink =
                check(libc, libc.socket(LibC.AF_NETLINK, type, LibC.NETLINK_SOCK_DIAG), "be had");
        SockDiag opened = new SockDiag(new DescriptorChannel(libc, netlink));
        try {
            // The socket is connected to the kernel, so nobody else can reply.
            ByteBuffer kernel = buffer(LibC.SOCKADDR_NL_BYTES).putShort(0, LibC.AF_NETLINK);
            check(libc, libc.connect(netlink, kernel, LibC.SOCKADDR_NL_BYTES), "be connected");
            return opened;
        } catch (IOException e) {
            opened.close();
            throw e;
        }
    }

    /** A request of that many bytes, in which the header is written. */
    static ByteBuffer request(int bytes) {
        ByteBuffer out = buffer(bytes);
        out.putInt(bytes).putShort(SOCK_DIAG_BY_FAMILY).putShort(NLM_F_REQUEST);
        return out.putLong(0); // sequence, sender
    }

    /**
     * Sends a request.
     *
     * @return the answer from its header on, of at most that many bytes; empty if the kernel knows
     *     no such socket
     */
    ByteBuffer ask(ByteBuffer request, int maxBytes) throws IOException {
        channel.write(request.flip());
        ByteBuffer answer = buffer(maxBytes);
        channel.read(answer); // the kernel has replied when write returns
        answer.flip();
        boolean told =
                answer.remaining() >= HEADER_BYTES
                        && answer.getShort(Integer.BYTES) == SOCK_DIAG_BY_FAMILY;
        return told ? answer : answer.limit(0);
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

    @Override
    public void close() {
        channel.close();
    }
}
