package io.pageproxy.posix;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * A file of which an event loop can read the part that is in the page cache: {@link #readCached}
 * lets the kernel fail instead of block (preadv2 with RWF_NOWAIT, which the JDK does not offer). A
 * tmpfs does not support that flag, but never blocks if the host has no swap; a plain read is used
 * there. All other methods may block and must not be called on an event loop.
 *
 * <p>Not thread-safe: if another thread reads during {@link #close}, the descriptor may already
 * belong to another file.
 */
public final class PageCacheFile implements AutoCloseable {
    /** Result of {@link #readCached} if the read would block. */
    public static final int WOULD_WAIT = -1;

    private static final int RWF_NOWAIT = 8;

    /**
     * Magic number of tmpfs in the first field of struct statfs, and an upper bound of that
     * struct's size.
     */
    private static final long TMPFS_MAGIC = 0x01021994;

    private static final int STATFS_BYTES = 256;
    private static final Path SWAPS = Path.of("/proc/swaps");

    private static final int O_RDONLY = 0;

    /** struct iovec: address and length. */
    private static final int IOVEC_LENGTH_OFFSET = 8;

    private static final int IOVEC_BYTES = 16;

    private final Path path;
    private final LibC libc;
    private final int descriptor;
    private final Memory iovec = new Memory(IOVEC_BYTES);
    private final int flagsOfCached;
    private boolean supported = true;
    private boolean closed;

    /** Direct mapping, without the reflection of {@link LibC}, because it is on the hot path. */
    private static final class Direct {
        static {
            Native.register(Direct.class, NativeLibrary.getProcess());
        }

        private static native long preadv2(
                int descriptor, Pointer iovec, int count, long offset, int flags);

        private Direct() {}
    }

    private PageCacheFile(Path path, LibC libc, int descriptor) {
        this.path = path;
        this.libc = libc;
        this.descriptor = descriptor;
        this.flagsOfCached = isInMemory() ? 0 : RWF_NOWAIT;
    }

    private boolean isInMemory() {
        try (Memory facts = new Memory(STATFS_BYTES)) {
            return libc.fstatfs(descriptor, facts) == 0
                    && facts.getNativeLong(0).longValue() == TMPFS_MAGIC
                    && Files.readAllLines(SWAPS).size() == 1; // only the heading
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * Opens a file for reading; may block.
     *
     * @throws IOException if it cannot be opened, or JNA's native library cannot be loaded
     */
    public static PageCacheFile open(Path path) throws IOException {
        LibC libc = Posix.libc();
        int descriptor = libc.open(path.toString(), O_RDONLY | LibC.O_CLOEXEC);
        if (descriptor < 0) {
            int error = Native.getLastError();
            if (error == LibC.ENOENT) {
                throw new NoSuchFileException(path.toString());
            }
            throw new FileNotFoundException(path + ": " + libc.strerror(error));
        }
        return new PageCacheFile(path, libc, descriptor);
    }

    /**
     * Reads data that is in the page cache; never blocks on a disk or on a writer of the file.
     *
     * @param to a direct buffer
     * @return number of bytes read, fewer than requested if the cache or the file has no more; 0 at
     *     the end of the file; {@link #WOULD_WAIT} if the read would block or the file system or
     *     kernel does not support the check
     */
    public int readCached(ByteBuffer to, long offset) {
        if (!supported) {
            return WOULD_WAIT;
        }
        long got = read(to, offset, flagsOfCached);
        if (got < 0) {
            int error = Native.getLastError();
            supported = error == LibC.EAGAIN || error == LibC.EINTR;
            return WOULD_WAIT;
        }
        to.position(to.position() + (int) got);
        return (int) got;
    }

    /**
     * Reads; may block.
     *
     * @param to a direct buffer
     * @return number of bytes read, 0 at the end of the file
     */
    public int read(ByteBuffer to, long offset) throws IOException {
        long got = read(to, offset, 0);
        while (got < 0 && Native.getLastError() == LibC.EINTR) {
            got = read(to, offset, 0);
        }
        if (got < 0) {
            throw new IOException(path + ": " + libc.strerror(Native.getLastError()));
        }
        to.position(to.position() + (int) got);
        return (int) got;
    }

    private long read(ByteBuffer to, long offset, int flags) {
        if (closed) {
            throw new IllegalStateException(path + " is closed");
        }
        iovec.setLong(0, Pointer.nativeValue(Native.getDirectBufferPointer(to.slice())));
        iovec.setLong(IOVEC_LENGTH_OFFSET, to.remaining());
        return Direct.preadv2(descriptor, iovec, 1, offset, flags);
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            libc.close(descriptor);
            iovec.close();
        }
    }
}
