package io.pageproxy.posix;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * One end of a pair of AF_UNIX sockets that carry packets between two processes of this host; a
 * packet can carry one descriptor. Blocking. One thread may receive while others send; {@link
 * #close} may be called on any thread and ends all.
 *
 * <pre>
 *  struct msghdr  0 name, 8 its length       struct cmsghdr  0 length
 *                16 struct iovec (pointer)                   8 level
 *                24 number of these                         12 type
 *                32 control, 40 its length                  16 the descriptor
 *                48 flags
 * </pre>
 */
public final class PacketSocket implements AutoCloseable {
    /** How long a packet may wait until the other process has read earlier ones. */
    private static final int SEND_TIMEOUT_SECONDS = 10;

    private static final int MESSAGE_BYTES = 56;
    private static final int MESSAGE_VECTOR = 16;
    private static final int MESSAGE_VECTORS = 24;
    private static final int MESSAGE_CONTROL = 32;
    private static final int MESSAGE_CONTROL_BYTES = 40;
    private static final int MESSAGE_FLAGS = 48;

    private static final int VECTOR_BYTES = 16;

    /** Exactly one descriptor: the kernel closes any more that arrive. */
    private static final int CONTROL_BYTES = 20;

    private static final int CONTROL_LEVEL = 8;
    private static final int CONTROL_TYPE = 12;
    private static final int CONTROL_DESCRIPTOR = 16;

    private final LibC libc;
    private final SocketDescriptor socket;

    private PacketSocket(LibC libc, int descriptor) {
        this.libc = libc;
        this.socket = new SocketDescriptor(libc, descriptor);
        int[] time = {SEND_TIMEOUT_SECONDS, 0, 0, 0}; // a struct timeval of two 64-bit numbers
        libc.setsockopt(
                descriptor, LibC.SOL_SOCKET, LibC.SO_SNDTIMEO, time, time.length * Integer.BYTES);
    }

    /**
     * A packet that has arrived.
     *
     * @param bytes its content
     * @param descriptor one that it carried, close-on-exec; the receiver closes it
     */
    public record Packet(ByteBuffer bytes, OptionalInt descriptor) {}

    /**
     * Two connected ends.
     *
     * @param ours stays in this process
     * @param descriptor the other end, for a child; close-on-exec. The caller closes it
     */
    public record Pair(PacketSocket ours, int descriptor) {}

    /**
     * Opens a pair.
     *
     * @throws IOException if it cannot be opened, or JNA's native library cannot be loaded
     */
    public static Pair open() throws IOException {
        LibC libc = Posix.libc();
        int[] pair = new int[2];
        int type = LibC.SOCK_SEQPACKET | LibC.SOCK_CLOEXEC;
        if (libc.socketpair(LibC.AF_UNIX, type, 0, pair) < 0) {
            throw failure(libc, "cannot make a socket pair");
        }
        int own = moved(libc, pair[0]);
        int others = moved(libc, pair[1]);
        return new Pair(new PacketSocket(libc, own), others);
    }

    /**
     * Takes the end that this process has inherited.
     *
     * @throws IOException if it is no open descriptor
     */
    public static PacketSocket inherited(int descriptor) throws IOException {
        LibC libc = Posix.libc();
        return new PacketSocket(libc, moved(libc, descriptor));
    }

    /** To a number that children do not use, with close-on-exec. */
    private static int moved(LibC libc, int descriptor) throws IOException {
        int copy = Posix.duplicate(descriptor);
        libc.close(descriptor);
        return copy;
    }

    /**
     * Sends a packet.
     *
     * @param bytes a direct buffer, which must not be empty
     * @param carried a descriptor that the receiver gets a copy of
     * @throws IOException if the other process has ended or does not read
     */
    public void send(ByteBuffer bytes, OptionalInt carried) throws IOException {
        try (Memory control = new Memory(CONTROL_BYTES);
                Message message = new Message(bytes)) {
            if (carried.isPresent()) {
                control.setLong(0, CONTROL_BYTES);
                control.setInt(CONTROL_LEVEL, LibC.SOL_SOCKET);
                control.setInt(CONTROL_TYPE, LibC.SCM_RIGHTS);
                control.setInt(CONTROL_DESCRIPTOR, carried.getAsInt());
                message.control(control);
            }
            long sent =
                    socket.call(
                            descriptor ->
                                    libc.sendmsg(descriptor, message.header, LibC.MSG_NOSIGNAL),
                            "cannot send a packet");
            if (sent < 0) {
                throw new IOException("cannot send a packet: the socket is closed");
            }
        }
    }

    /**
     * Waits for a packet.
     *
     * @param maxBytes of the longest that is allowed
     * @return empty if the other process has ended or this end was closed
     * @throws IOException if the packet is longer, or carries more than one descriptor
     */
    public Optional<Packet> receive(int maxBytes) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocateDirect(maxBytes);
        try (Memory control = new Memory(CONTROL_BYTES);
                Message message = new Message(bytes)) {
            control.clear();
            message.control(control);
            long length =
                    socket.call(
                            descriptor ->
                                    libc.recvmsg(descriptor, message.header, LibC.MSG_CMSG_CLOEXEC),
                            "cannot receive a packet");
            OptionalInt carried = carried(message, control);
            int flags = message.header.getInt(MESSAGE_FLAGS);
            if ((flags & (LibC.MSG_TRUNC | LibC.MSG_CTRUNC)) != 0) {
                carried.ifPresent(libc::close);
                throw new IOException("a packet is too long, or carries too many descriptors");
            }
            if (length <= 0) {
                carried.ifPresent(libc::close);
                return Optional.empty();
            }
            return Optional.of(new Packet(bytes.limit((int) length), carried));
        }
    }

    private OptionalInt carried(Message message, Memory control) throws IOException {
        boolean one =
                message.header.getLong(MESSAGE_CONTROL_BYTES) >= CONTROL_BYTES
                        && control.getInt(CONTROL_LEVEL) == LibC.SOL_SOCKET
                        && control.getInt(CONTROL_TYPE) == LibC.SCM_RIGHTS;
        if (!one) {
            return OptionalInt.empty();
        }
        int arrived = control.getInt(CONTROL_DESCRIPTOR);
        return OptionalInt.of(moved(libc, arrived));
    }

    /** A struct msghdr with one struct iovec. */
    private static final class Message implements AutoCloseable {
        private final Memory vector = new Memory(VECTOR_BYTES);
        private final Memory header = new Memory(MESSAGE_BYTES);

        Message(ByteBuffer bytes) {
            vector.setPointer(0, Native.getDirectBufferPointer(bytes).share(bytes.position()));
            vector.setLong(Long.BYTES, bytes.remaining());
            header.clear();
            header.setPointer(MESSAGE_VECTOR, vector);
            header.setLong(MESSAGE_VECTORS, 1);
        }

        void control(Memory control) {
            header.setPointer(MESSAGE_CONTROL, control);
            header.setLong(MESSAGE_CONTROL_BYTES, CONTROL_BYTES);
        }

        @Override
        public void close() {
            vector.close();
            header.close();
        }
    }

    private static IOException failure(LibC libc, String what) {
        return new IOException(what + ": " + libc.strerror(Native.getLastError()));
    }

    /** Closes this end; a thread that is blocked in a call returns. */
    @Override
    public void close() {
        socket.close();
    }
}
