package io.pageproxy.process;

import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.io.IOException;
import java.util.Map;
import java.util.OptionalInt;

/** Process-wide settings that only libc has, and the loading of libc itself. */
public final class Posix {
    /**
     * The charset in which this JVM has read its own arguments and environment: what it hands on is
     * written in the same.
     */
    static final String NATIVE_ENCODING = System.getProperty("native.encoding");

    /**
     * Too little for a core file, and for Linux the sign that none shall be piped to a program
     * either, which a limit of 0 does not prevent (fs/coredump.c).
     */
    private static final long NO_CORE_BYTES = 1;

    /** In struct passwd, behind two pointers. */
    private static final int PW_UID_OFFSET = 16;

    private static LibC libc;

    private Posix() {}

    /**
     * Makes every file and folder that this process and its children create from now on private to
     * its user (umask 077). To be called once at the start.
     *
     * @throws IOException if JNA's native library cannot be loaded; says how to mend it
     */
    public static void makeNewFilesPrivate() throws IOException {
        libc().umask(0077);
    }

    /**
     * Keeps what this process has in memory out of core dumps and out of the reach of other
     * processes of its user (ptrace, /proc/PID/mem). Children can be traced again, but leave no
     * core dumps either. To be called once at the start.
     *
     * @throws IOException where the kernel refuses, or JNA's native library cannot be loaded
     */
    public static void keepMemoryPrivate() throws IOException {
        long[] limit = {NO_CORE_BYTES, NO_CORE_BYTES};
        if (libc().setrlimit(LibC.RLIMIT_CORE, limit) < 0
                || libc().prctl(LibC.PR_SET_DUMPABLE, 0L, 0L, 0L, 0L) < 0) {
            throw new IOException(
                    "core dumps cannot be forbidden: " + libc().strerror(Native.getLastError()));
        }
    }

    /**
     * The kernel's page size in bytes.
     *
     * @throws IOException if JNA's native library cannot be loaded; says how to mend it
     */
    public static int pageSizeBytes() throws IOException {
        return libc().getpagesize();
    }

    /**
     * The user that this process acts as.
     *
     * @throws IOException if JNA's native library cannot be loaded; says how to mend it
     */
    public static int effectiveUser() throws IOException {
        return libc().geteuid();
    }

    /**
     * The number of the user of that name; empty where there is none. Not for several threads at a
     * time.
     *
     * @throws IOException if JNA's native library cannot be loaded; says how to mend it
     */
    public static OptionalInt userByName(String name) throws IOException {
        Pointer entry = libc().getpwnam(name);
        return entry == null ? OptionalInt.empty() : OptionalInt.of(entry.getInt(PW_UID_OFFSET));
    }

    /**
     * Whether a person watches that descriptor: 1 is standard output, 2 standard error.
     *
     * @throws IOException if JNA's native library cannot be loaded; says how to mend it
     */
    public static boolean isTerminal(int descriptor) throws IOException {
        return libc().isatty(descriptor) == 1;
    }

    /**
     * A second descriptor, close-on-exec, of what that one stands for; not among those that a child
     * of ours has.
     *
     * @throws IOException where there can be none
     */
    public static int duplicate(int descriptor) throws IOException {
        int lowest = ChildLauncher.KEPT_DESCRIPTOR + 1;
        int copy = libc().fcntl(descriptor, LibC.F_DUPFD_CLOEXEC, lowest);
        if (copy < 0) {
            throw new IOException(
                    "cannot duplicate a descriptor: " + libc().strerror(Native.getLastError()));
        }
        return copy;
    }

    /**
     * Closes a descriptor that {@link #duplicate} made.
     *
     * @throws IOException if JNA's native library cannot be loaded
     */
    public static void close(int descriptor) throws IOException {
        libc().close(descriptor);
    }

    /** libc, loaded at the first call. */
    static synchronized LibC libc() throws IOException {
        if (libc == null) {
            libc = load();
        }
        return libc;
    }

    private static LibC load() throws IOException {
        try {
            // No name: the libc that the JVM itself is linked with.
            return Native.load(
                    null, LibC.class, Map.of(Library.OPTION_STRING_ENCODING, NATIVE_ENCODING));
        } catch (LinkageError e) {
            // From the second time on the JVM has the first failure as the cause.
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new IOException(
                    "cannot load JNA's native library: "
                            + cause.getMessage()
                            + "; it is unpacked into the folder that -Djna.tmpdir names (else ~/.cache/JNA/temp),"
                            + " which must be writable and not mounted noexec. Name another with"
                            + " PAGEPROXY_JAVA_OPTS='-Djna.tmpdir=DIR -Djava.io.tmpdir=DIR"
                            + " -Dio.netty.native.workdir=DIR' in the environment",
                    e);
        }
    }
}
