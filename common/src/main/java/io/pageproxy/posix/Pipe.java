package io.pageproxy.posix;

import com.sun.jna.Native;
import java.io.IOException;
import java.nio.ByteBuffer;

/** A pipe between this process and its children. Thread-safe. */
public final class Pipe implements AutoCloseable {
    private final int readingEnd;
    private final int writingEnd;
    private boolean closed;

    private Pipe(int readingEnd, int writingEnd) {
        this.readingEnd = readingEnd;
        this.writingEnd = writingEnd;
    }

    /**
     * Opens a pipe. Both ends are closed in children, unless a child inherits one on purpose.
     *
     * @throws IOException if there are too many descriptors, or JNA's native library cannot be
     *     loaded
     */
    public static Pipe open() throws IOException {
        int[] ends = new int[2];
        if (Posix.libc().pipe2(ends, LibC.O_CLOEXEC) < 0) {
            throw new IOException(
                    "cannot make a pipe: " + Posix.libc().strerror(Native.getLastError()));
        }
        try {
            return new Pipe(Posix.duplicate(ends[0]), ends[1]);
        } catch (IOException e) {
            Posix.close(ends[1]);
            throw e;
        } finally {
            Posix.close(ends[0]);
        }
    }

    /** The end that a child inherits; it stays this pipe's. */
    public int readingEnd() {
        return readingEnd;
    }

    /**
     * Writes everything. Blocks while the pipe is full, which it is after 64 KiB that nobody reads.
     *
     * @throws IOException if it cannot be written
     */
    public synchronized void write(byte[] content) throws IOException {
        if (closed) {
            throw new IOException("the pipe is closed");
        }
        for (int at = 0; at < content.length; ) {
            ByteBuffer rest = ByteBuffer.wrap(content, at, content.length - at).slice();
            long written = Posix.libc().write(writingEnd, rest, rest.remaining());
            if (written < 0) {
                throw new IOException(
                        "cannot write to a pipe: " + Posix.libc().strerror(Native.getLastError()));
            }
            at += (int) written;
        }
    }

    /** Closes both ends of this process: a reader of the other one sees the end of the file. */
    @Override
    public synchronized void close() throws IOException {
        if (!closed) {
            closed = true;
            Posix.close(writingEnd);
            Posix.close(readingEnd);
        }
    }
}
