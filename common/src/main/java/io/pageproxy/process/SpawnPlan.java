package io.pageproxy.process;

import com.sun.jna.Memory;
import io.pageproxy.posix.LibC;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The file actions and attributes of one {@code posix_spawn}, which define everything that happens
 * in the child before its program runs.
 */
final class SpawnPlan implements AutoCloseable {
    /**
     * Generous sizes of glibc's opaque structs: on x86-64 posix_spawn_file_actions_t has 80 bytes,
     * posix_spawnattr_t 336, sigset_t 128.
     */
    private static final int FILE_ACTIONS_BYTES = 128;

    private static final int ATTRIBUTES_BYTES = 512;
    private static final int SIGNAL_SET_BYTES = 128;

    /**
     * What a child sees beside its socket.
     *
     * @param output becomes its standard output; if empty, the child inherits ours
     * @param errors the same for its standard error
     * @param directory its working directory, if it is not ours
     * @param ownSession whether the child leads its own session without input; otherwise it is a
     *     foreground command
     */
    record Streams(
            OptionalInt output, OptionalInt errors, Optional<Path> directory, boolean ownSession) {}

    final Memory fileActions = zeroed(FILE_ACTIONS_BYTES);
    final Memory attributes = zeroed(ATTRIBUTES_BYTES);
    private final LibC libc;

    /**
     * @param socket becomes descriptor 3 of the child
     * @param streams its standard streams and its folder
     * @param kept becomes descriptor 4
     */
    SpawnPlan(LibC libc, int socket, Streams streams, OptionalInt kept) throws IOException {
        this.libc = libc;
        check(libc.posix_spawn_file_actions_init(fileActions));
        check(libc.posix_spawnattr_init(attributes));
        try {
            if (streams.directory().isPresent()) {
                String folder = streams.directory().get().toString();
                check(libc.posix_spawn_file_actions_addchdir_np(fileActions, folder));
            }
            if (streams.ownSession()) {
                check(libc.posix_spawn_file_actions_addopen(fileActions, 0, "/dev/null", 0, 0));
            }
            if (streams.output().isPresent()) {
                int output = streams.output().getAsInt();
                check(libc.posix_spawn_file_actions_adddup2(fileActions, output, 1));
            }
            if (streams.errors().isPresent()) {
                int errors = streams.errors().getAsInt();
                check(libc.posix_spawn_file_actions_adddup2(fileActions, errors, 2));
            }
            check(
                    libc.posix_spawn_file_actions_adddup2(
                            fileActions, socket, ChildLauncher.SOCKET_DESCRIPTOR));
            if (kept.isPresent()) {
                check(
                        libc.posix_spawn_file_actions_adddup2(
                                fileActions, kept.getAsInt(), ChildLauncher.KEPT_DESCRIPTOR));
            }
            closeAllOthers(kept.isPresent());
            setSignals(streams.ownSession());
        } catch (IOException | RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    @Override
    public void close() {
        libc.posix_spawn_file_actions_destroy(fileActions);
        libc.posix_spawnattr_destroy(attributes);
        fileActions.close();
        attributes.close();
    }

    /**
     * Closes all other descriptors, because the JVM opens its jars without close-on-exec and other
     * libraries may do the same.
     */
    private void closeAllOthers(boolean keeps) throws IOException {
        int last = keeps ? ChildLauncher.KEPT_DESCRIPTOR : ChildLauncher.SOCKET_DESCRIPTOR;
        try {
            check(libc.posix_spawn_file_actions_addclosefrom_np(fileActions, last + 1));
        } catch (UnsatisfiedLinkError e) {
            throw new IOException(
                    "this system's libc ("
                            + libcVersion()
                            + ") lacks posix_spawn_file_actions_addclosefrom_np:"
                            + " glibc 2.34 or newer is needed (Debian 12, Ubuntu 22.04, RHEL 9 or later)",
                    e);
        }
    }

    /**
     * Unblocks all signals (the JVM's threads block some). A detached child starts with no signal
     * ignored; a foreground child keeps those that were ignored for us. The set is filled as raw
     * bytes because sigfillset omits the two signals that glibc uses itself, which posix_spawn
     * would then set to ignored.
     */
    private void setSignals(boolean detached) throws ChildLaunchException {
        try (Memory none = zeroed(SIGNAL_SET_BYTES);
                Memory all = zeroed(SIGNAL_SET_BYTES)) {
            all.setMemory(0, SIGNAL_SET_BYTES, (byte) 0xff);
            check(libc.posix_spawnattr_setsigmask(attributes, none));
            check(libc.posix_spawnattr_setsigdefault(attributes, all));
        }
        int flags = LibC.POSIX_SPAWN_SETSIGMASK;
        if (detached) {
            flags |= LibC.POSIX_SPAWN_SETSIGDEF | LibC.POSIX_SPAWN_SETSID;
        }
        check(libc.posix_spawnattr_setflags(attributes, (short) flags));
    }

    private String libcVersion() {
        try {
            return "glibc " + libc.gnu_get_libc_version();
        } catch (UnsatisfiedLinkError e) {
            return "not glibc";
        }
    }

    private void check(int errorNumber) throws ChildLaunchException {
        if (errorNumber != 0) {
            throw new ChildLaunchException(
                    "cannot prepare a child process: " + libc.strerror(errorNumber));
        }
    }

    private static Memory zeroed(int bytes) {
        Memory memory = new Memory(bytes);
        memory.clear();
        return memory;
    }
}
