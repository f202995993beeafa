package io.pageproxy.posix;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A thread that has permanently dropped a capability. Capabilities belong to threads, and a child
 * inherits those of the thread that spawns it, so children spawned on this thread lack the
 * capability while the rest of this process keeps it. Children of root would regain it by exec from
 * the bounding set, which only CAP_SETPCAP can reduce; {@code no_new_privs} prevents that.
 */
public final class LimitedThread {
    /** Header version with two 32-bit words per set, see capset(2). */
    private static final int VERSION_3 = 0x20080522;

    private static final int HEADER_BYTES = 8;
    private static final int WORD_BYTES = 12;
    private static final int SETS = 3;
    private static final int ROOT = 0;

    private final ExecutorService thread =
            Executors.newSingleThreadExecutor(LimitedThread::newThread);

    /**
     * Starts the thread.
     *
     * @param capability one of {@link Capabilities}, below 32
     * @throws IOException if the capability cannot be dropped
     */
    public LimitedThread(LibC libc, int capability) throws IOException {
        call(
                () -> {
                    drop(libc, capability);
                    return null;
                });
    }

    private static Thread newThread(Runnable task) {
        Thread thread = new Thread(task, "spawn");
        thread.setDaemon(true);
        return thread;
    }

    /** Runs a task on the thread and returns its result or throws its exception. */
    public <T> T call(Callable<T> task) throws IOException {
        try {
            return thread.submit(task).get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while a child was started", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException io) {
                throw io;
            }
            throw new IllegalStateException(e.getCause());
        }
    }

    private static void drop(LibC libc, int capability) throws IOException {
        try (Memory header = new Memory(HEADER_BYTES);
                Memory sets = new Memory(2 * WORD_BYTES)) {
            header.setInt(0, VERSION_3);
            header.setInt(Integer.BYTES, 0); // this thread
            check(libc, libc.capget(header, sets));
            for (int set = 0; set < SETS; set++) {
                long offset = (long) set * Integer.BYTES;
                sets.setInt(offset, sets.getInt(offset) & ~(1 << capability));
            }
            check(libc, libc.capset(header, sets));
        }
        if (libc.geteuid() == ROOT) {
            check(libc, libc.prctl(LibC.PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L));
        }
    }

    private static void check(LibC libc, int result) throws IOException {
        if (result < 0) {
            throw new IOException(
                    "a capability cannot be given up: " + libc.strerror(Native.getLastError()));
        }
    }
}
