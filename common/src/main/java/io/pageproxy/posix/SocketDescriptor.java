package io.pageproxy.posix;

import com.sun.jna.Native;
import java.io.IOException;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/** The descriptor of a socket that any thread may close while others are blocked in a call. */
final class SocketDescriptor {
    private final LibC libc;
    private final int descriptor;

    /** Read-locked while the descriptor is used, write-locked to close it. */
    private final ReadWriteLock use = new ReentrantReadWriteLock();

    private volatile boolean open = true;

    SocketDescriptor(LibC libc, int descriptor) {
        this.libc = libc;
        this.descriptor = descriptor;
    }

    /** A function of libc; its result is negative if it fails. */
    @FunctionalInterface
    interface Call {
        long on(int descriptor);
    }

    /**
     * Calls a function, again if a signal interrupts it.
     *
     * @param failure begins the message of an exception
     * @return its result; -1 if the descriptor is closed
     * @throws IOException if it fails
     */
    long call(Call call, String failure) throws IOException {
        Lock using = use.readLock();
        using.lock();
        try {
            long result = -1;
            int error = LibC.EINTR;
            while (open && error == LibC.EINTR) {
                result = call.on(descriptor);
                error = result < 0 ? Native.getLastError() : 0;
            }
            if (error != 0 && error != LibC.EINTR) {
                throw new IOException(failure + ": " + libc.strerror(error));
            }
            return result;
        } finally {
            using.unlock();
        }
    }

    boolean isOpen() {
        return open;
    }

    /** Closes it; a thread that is blocked in a call returns. */
    void close() {
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
