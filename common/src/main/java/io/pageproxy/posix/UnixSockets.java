package io.pageproxy.posix;

import com.sun.jna.Native;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Queries about AF_UNIX sockets in the file system. */
public final class UnixSockets {
    private UnixSockets() {}

    /**
     * Returns whether some process has the socket of a socket file open. A listening stream socket
     * is not disturbed, because the check connects with a socket of another type, which cannot
     * succeed.
     *
     * @param path path of the socket file, at most 107 bytes in UTF-8
     * @throws IOException if this cannot be determined
     */
    public static boolean isOpen(Path path) throws IOException {
        LibC libc = Posix.libc();
        byte[] name = path.toString().getBytes(StandardCharsets.UTF_8);
        ByteBuffer address =
                ByteBuffer.allocateDirect(Short.BYTES + name.length + 1)
                        .order(ByteOrder.nativeOrder());
        address.putShort((short) LibC.AF_UNIX).put(name).rewind();
        int socket = libc.socket(LibC.AF_UNIX, LibC.SOCK_DGRAM | LibC.SOCK_CLOEXEC, 0);
        if (socket < 0) {
            throw new IOException("cannot make a socket: " + libc.strerror(Native.getLastError()));
        }
        try {
            return libc.connect(socket, address, address.capacity()) == 0
                    || Native.getLastError() != LibC.ECONNREFUSED;
        } finally {
            libc.close(socket);
        }
    }
}
