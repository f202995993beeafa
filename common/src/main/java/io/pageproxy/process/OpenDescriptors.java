package io.pageproxy.process;

import com.sun.jna.Native;
import io.pageproxy.posix.LibC;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Descriptors opened while launching a child. All are close-on-exec and are closed after the launch
 * unless {@linkplain #release released}. None has a number from 0 to 3, so that no dup2 in the
 * child overwrites one that is still needed.
 */
final class OpenDescriptors implements AutoCloseable {
    private final LibC libc;
    private final List<Integer> open = new ArrayList<>();

    OpenDescriptors(LibC libc) {
        this.libc = libc;
    }

    /** Opens a file for appending; creates it with mode 0600 if missing. */
    int openForAppend(Path file) throws ChildLaunchException {
        int flags = LibC.O_WRONLY | LibC.O_CREAT | LibC.O_APPEND | LibC.O_CLOEXEC;
        return own(check(libc.open(file.toString(), flags, 0600), "cannot open " + file));
    }

    /**
     * Opens a connected pair of AF_UNIX stream sockets; the first is non-blocking, the second, for
     * the child, is blocking.
     *
     * @param bufferBytes send buffer size of each end; limited by net.core.wmem_max without
     *     CAP_NET_ADMIN
     */
    int[] socketPair(int bufferBytes) throws ChildLaunchException {
        int[] pair = new int[2];
        int type = LibC.SOCK_STREAM | LibC.SOCK_CLOEXEC;
        check(libc.socketpair(LibC.AF_UNIX, type, 0, pair), "cannot make a socket pair");
        open.add(pair[0]);
        open.add(pair[1]);
        for (int i = 0; i < pair.length; i++) {
            pair[i] = moveAboveReserved(pair[i]);
            sizeSendBuffer(pair[i], bufferBytes);
        }
        int flags = check(libc.fcntl(pair[0], LibC.F_GETFL), "cannot read a socket's flags");
        check(
                libc.fcntl(pair[0], LibC.F_SETFL, flags | LibC.O_NONBLOCK),
                "cannot make a socket non-blocking");
        return pair;
    }

    /** Opens a pipe: its end to read from, and its end to write to, for the child. */
    int[] pipe() throws ChildLaunchException {
        int[] pair = new int[2];
        check(libc.pipe2(pair, LibC.O_CLOEXEC), "cannot make a pipe");
        open.add(pair[0]);
        open.add(pair[1]);
        for (int i = 0; i < pair.length; i++) {
            pair[i] = moveAboveReserved(pair[i]);
        }
        return pair;
    }

    /** Excludes a descriptor from closing because it has a new owner. */
    void release(int descriptor) {
        open.remove((Integer) descriptor);
    }

    @Override
    public void close() {
        open.forEach(libc::close);
        open.clear();
    }

    private int own(int descriptor) throws ChildLaunchException {
        open.add(descriptor);
        return moveAboveReserved(descriptor);
    }

    /**
     * Moves a descriptor out of 0 to 3, which may be free if we were started with closed standard
     * streams.
     */
    private int moveAboveReserved(int descriptor) throws ChildLaunchException {
        int lowest = ChildLauncher.SOCKET_DESCRIPTOR + 1;
        if (descriptor >= lowest) {
            return descriptor;
        }
        int moved =
                check(
                        libc.fcntl(descriptor, LibC.F_DUPFD_CLOEXEC, lowest),
                        "cannot move descriptor " + descriptor);
        open.add(moved);
        release(descriptor);
        libc.close(descriptor);
        return moved;
    }

    /**
     * Only the sender's buffer matters for an AF_UNIX stream (unix(7)). If the size is refused, the
     * system default remains.
     */
    private void sizeSendBuffer(int socket, int bufferBytes) {
        int[] value = {bufferBytes};
        if (libc.setsockopt(socket, LibC.SOL_SOCKET, LibC.SO_SNDBUFFORCE, value, Integer.BYTES)
                < 0) {
            libc.setsockopt(socket, LibC.SOL_SOCKET, LibC.SO_SNDBUF, value, Integer.BYTES);
        }
    }

    private int check(int result, String failure) throws ChildLaunchException {
        if (result < 0) {
            throw new ChildLaunchException(failure + ": " + libc.strerror(Native.getLastError()));
        }
        return result;
    }
}
