package io.pageproxy.posix;

import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import io.pageproxy.process.ChildLauncher;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/** Process-wide settings that require libc, and the loading of libc itself. */
public final class Posix {
    /**
     * The charset in which the JVM decoded its arguments and environment; strings passed to
     * children are encoded with it.
     */
    public static final String NATIVE_ENCODING = System.getProperty("native.encoding");

    /**
     * A core size limit that is too small for a core file. Unlike 0, Linux also takes the value 1
     * as a request not to pipe cores to a program (fs/coredump.c).
     */
    private static final long NO_CORE_BYTES = 1;

    /** Offset of pw_uid in struct passwd, behind two pointers. */
    private static final int PW_UID_OFFSET = 16;

    private static final int PW_GID_OFFSET = PW_UID_OFFSET + Integer.BYTES;

    /** As many as Linux allows. */
    private static final int MAX_GROUPS = 1 << 16;

    private static LibC libc;

    private Posix() {}

    /**
     * Makes all files and folders that this process and its children create from now on private to
     * its user (umask 077). Call it once at the start.
     *
     * @throws IOException if JNA's native library cannot be loaded; the message names the remedy
     */
    public static void makeNewFilesPrivate() throws IOException {
        libc().umask(0077);
    }

    /**
     * Protects this process's memory from core dumps and from other processes of its user (ptrace,
     * /proc/PID/mem). Children can be traced again, but leave no core dumps either. Call it once at
     * the start.
     *
     * @throws IOException if the kernel refuses, or JNA's native library cannot be loaded
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
     * @throws IOException if JNA's native library cannot be loaded; the message names the remedy
     */
    public static int pageSizeBytes() throws IOException {
        return libc().getpagesize();
    }

    /**
     * The effective user ID of this process.
     *
     * @throws IOException if JNA's native library cannot be loaded; the message names the remedy
     */
    public static int effectiveUser() throws IOException {
        return libc().geteuid();
    }

    /**
     * Looks up a user ID by name; empty if there is no such user. Not thread-safe.
     *
     * @throws IOException if JNA's native library cannot be loaded; the message names the remedy
     */
    public static OptionalInt userByName(String name) throws IOException {
        Pointer entry = libc().getpwnam(name);
        return entry == null ? OptionalInt.empty() : OptionalInt.of(entry.getInt(PW_UID_OFFSET));
    }

    /**
     * The primary group of a user; empty if this host does not know the user. Not thread-safe.
     *
     * @throws IOException if JNA's native library cannot be loaded; the message names the remedy
     */
    public static OptionalInt primaryGroup(int user) throws IOException {
        Pointer entry = libc().getpwuid(user);
        return entry == null ? OptionalInt.empty() : OptionalInt.of(entry.getInt(PW_GID_OFFSET));
    }

    /**
     * All groups of a user; the group of the same number if this host does not know the user. Not
     * thread-safe.
     *
     * @throws IOException if JNA's native library cannot be loaded; the message names the remedy
     */
    public static List<Integer> groups(int user) throws IOException {
        Pointer entry = libc().getpwuid(user);
        if (entry == null) {
            return List.of(user);
        }
        String name = entry.getPointer(0).getString(0, NATIVE_ENCODING);
        int[] groups = new int[MAX_GROUPS];
        int[] number = {MAX_GROUPS};
        libc().getgrouplist(name, entry.getInt(PW_GID_OFFSET), groups, number);
        return IntStream.of(groups).limit(Math.min(number[0], MAX_GROUPS)).boxed().toList();
    }

    /**
     * Whether a descriptor is a terminal; 1 is standard output, 2 standard error.
     *
     * @throws IOException if JNA's native library cannot be loaded; the message names the remedy
     */
    public static boolean isTerminal(int descriptor) throws IOException {
        return libc().isatty(descriptor) == 1;
    }

    /**
     * The current width of the terminal behind a descriptor; empty if it is none or does not tell.
     */
    public static OptionalInt terminalColumns(int descriptor) {
        short[] size = new short[LibC.WINSIZE_SHORTS];
        try {
            int result = libc().ioctl(descriptor, LibC.TIOCGWINSZ, (Object) size);
            int columns = Short.toUnsignedInt(size[LibC.WINSIZE_COLUMNS]);
            return result == 0 && columns > 0 ? OptionalInt.of(columns) : OptionalInt.empty();
        } catch (IOException noLibrary) {
            return OptionalInt.empty();
        }
    }

    /**
     * Duplicates a descriptor with close-on-exec, at a number that children do not use.
     *
     * @throws IOException if it cannot be duplicated
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
     * Closes a descriptor made by {@link #duplicate}.
     *
     * @throws IOException if JNA's native library cannot be loaded
     */
    public static void close(int descriptor) throws IOException {
        libc().close(descriptor);
    }

    /**
     * Closes a descriptor that a function of libc has given, so that libc is known to be loaded.
     */
    public static void closeQuietly(int descriptor) {
        try {
            close(descriptor);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Ends the ignoring of SIGHUP, without a moment in which one would end the process. The JVM
     * refuses to handle a signal that is ignored; so the signal gets a function of libc that has no
     * effect, until the JVM's handler takes its place.
     *
     * @throws IOException if JNA's native library cannot be loaded
     */
    public static void stopIgnoringHangup() throws IOException {
        Pointer noEffect = NativeLibrary.getProcess().getFunction("abs");
        libc().signal(Signals.SIGHUP, noEffect);
    }

    /** Returns libc, which is loaded at the first call. */
    public static synchronized LibC libc() throws IOException {
        if (libc == null) {
            libc = load();
        }
        return libc;
    }

    private static LibC load() throws IOException {
        try {
            // A null name selects the libc that the JVM itself is linked with.
            return Native.load(
                    null, LibC.class, Map.of(Library.OPTION_STRING_ENCODING, NATIVE_ENCODING));
        } catch (LinkageError e) {
            // From the second attempt on, the JVM reports the first failure as the cause.
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
