package io.pageproxy.posix;

import com.sun.jna.Native;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;

/**
 * The datagram socket at which a service manager, such as systemd, hears the state of a service;
 * see sd_notify(3). Thread-safe; never blocks.
 */
public final class NotifySocket implements AutoCloseable {
    private static final String VARIABLE = "NOTIFY_SOCKET";

    /** Bytes of sun_path in struct sockaddr_un; a path must leave room for the final NUL. */
    private static final int MAX_NAME_BYTES = 108;

    private final int socket;
    private final byte[] address;
    private boolean closed;

    private NotifySocket(int socket, byte[] address) {
        this.socket = socket;
        this.address = address;
    }

    /**
     * Opens the socket that {@code NOTIFY_SOCKET} names; empty if it is not set.
     *
     * @throws IOException if it names no Unix socket, or no socket can be made
     */
    public static Optional<NotifySocket> of(Map<String, String> environment) throws IOException {
        String name = environment.getOrDefault(VARIABLE, "");
        if (name.isEmpty()) {
            return Optional.empty();
        }
        byte[] address = address(name);
        LibC libc = Posix.libc();
        int socket = libc.socket(LibC.AF_UNIX, LibC.SOCK_DGRAM | LibC.SOCK_CLOEXEC, 0);
        if (socket < 0) {
            throw new IOException("cannot make a socket: " + libc.strerror(Native.getLastError()));
        }
        return Optional.of(new NotifySocket(socket, address));
    }

    /** Returns the struct sockaddr_un: a path with a final NUL, or an abstract name after a NUL. */
    private static byte[] address(String name) throws IOException {
        boolean isAbstract = name.startsWith("@");
        byte[] bytes =
                (isAbstract ? "\0" + name.substring(1) : name + "\0")
                        .getBytes(StandardCharsets.UTF_8);
        if ((!isAbstract && !name.startsWith("/")) || bytes.length > MAX_NAME_BYTES) {
            throw new IOException(
                    VARIABLE
                            + "="
                            + name
                            + " is neither a path of at most 107 bytes nor @NAME; systemd sets it");
        }
        return ByteBuffer.allocate(Short.BYTES + bytes.length)
                .order(ByteOrder.nativeOrder())
                .putShort((short) LibC.AF_UNIX)
                .put(bytes)
                .array();
    }

    /**
     * Sends one message: lines of the form {@code VARIABLE=value}.
     *
     * @throws IOException if the receiver is gone, or its queue is full
     */
    public synchronized void send(String message) throws IOException {
        if (closed) {
            return;
        }
        byte[] bytes = message.getBytes(StandardCharsets.UTF_8);
        LibC libc = Posix.libc();
        long sent =
                libc.sendto(
                        socket,
                        direct(bytes),
                        bytes.length,
                        LibC.MSG_DONTWAIT | LibC.MSG_NOSIGNAL,
                        direct(address),
                        address.length);
        if (sent < 0) {
            throw new IOException(
                    VARIABLE + " takes no message: " + libc.strerror(Native.getLastError()));
        }
    }

    private static ByteBuffer direct(byte[] bytes) {
        return ByteBuffer.allocateDirect(bytes.length).put(bytes).rewind();
    }

    @Override
    public synchronized void close() throws IOException {
        if (!closed) {
            closed = true;
            Posix.close(socket);
        }
    }
}
