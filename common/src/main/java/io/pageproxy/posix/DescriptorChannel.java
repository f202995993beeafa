package io.pageproxy.posix;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.ClosedChannelException;

/**
 * A blocking channel over the descriptor of a connected socket. One thread may read while another
 * writes; {@link #close} may be called on any thread and ends both. Buffers must be direct.
 */
public final class DescriptorChannel implements ByteChannel {
    private final LibC libc;
    private final SocketDescriptor socket;

    public DescriptorChannel(LibC libc, int descriptor) {
        this.libc = libc;
        this.socket = new SocketDescriptor(libc, descriptor);
    }

    @Override
    public int read(ByteBuffer to) throws IOException {
        int bytes = transfer(to, libc::read, "cannot read from a socket");
        return bytes == 0 && to.hasRemaining() ? -1 : bytes;
    }

    @Override
    public int write(ByteBuffer from) throws IOException {
        return transfer(from, libc::write, "cannot write to a socket");
    }

    /** {@code read} or {@code write} of libc. */
    @FunctionalInterface
    private interface Call {
        long on(int descriptor, ByteBuffer bytes, long lengthBytes);
    }

    private int transfer(ByteBuffer buffer, Call call, String failure) throws IOException {
        if (!buffer.isDirect()) {
            throw new IllegalArgumentException("the buffer is not direct");
        }
        if (!buffer.hasRemaining()) {
            return 0;
        }
        // JNA passes the address of the buffer's position.
        long bytes =
                socket.call(
                        descriptor -> call.on(descriptor, buffer.slice(), buffer.remaining()),
                        failure);
        if (bytes < 0) {
            throw new ClosedChannelException();
        }
        buffer.position(buffer.position() + (int) bytes);
        return (int) bytes;
    }

    @Override
    public boolean isOpen() {
        return socket.isOpen();
    }

    /** Closes the socket; a thread that is blocked in a call returns. */
    @Override
    public void close() {
        socket.close();
    }
}
