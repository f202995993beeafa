package io.pageproxy.posix;

import com.sun.jna.Native;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * A blocking channel over the descriptor of a connected socket. One thread may read while another
 * writes; {@link #close} may be called on any thread and ends both. Buffers must be direct.
 */
public final class DescriptorChannel implements ByteChannel {
    private final LibC libc;
    private final int descriptor;

    /** Read-locked while the descriptor is used, write-locked to close it. */
    private final ReadWriteLock use = new ReentrantReadWriteLock();

    private volatile boolean open = true;

    public DescriptorChannel(LibC libc, int descriptor) {
        this.libc = libc;
        this.descriptor = descriptor;
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
        Lock using = use.readLock();
        using.lock();
        try {
            long bytes;
            int error = 0;
            do {
                if (!open) {
                    throw new ClosedChannelException();
                }
                // JNA passes the address of the buffer's position.
                bytes = call.on(descriptor, buffer.slice(), buffer.remaining());
                error = bytes < 0 ? Native.getLastError() : 0;
            } while (error == LibC.EINTR);
            if (error != 0) {
                throw new IOException(failure + ": " + libc.strerror(error));
            }
            buffer.position(buffer.position() + (int) bytes);
            return (int) bytes;
        } finally {
            using.unlock();
        }
    }

    @Override
    public boolean isOpen() {
        return open;
    }

    /** Closes the socket; a thread that is blocked in a call returns. */
    @Override
    public void close() {
        synchronized (this) {
            if (!open) {
                return;
            }
            open = false;
        }
        libc.shutdown(descriptor, LibC.SHUT_RDWR);
        Lock closing = use.writeLock();
        closing.lock();
        try {
            libc.close(descriptor);
        } finally {
            closing.unlock();
        }
    }
}
