package io.pageproxy.local;

import io.pageproxy.posix.UnixSockets;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * The file of a listening AF_UNIX socket. The kernel does not replace an existing file; Netty
 * removes the file when it closes the socket.
 */
final class SocketFile {
    /** See inode(7). */
    private static final int S_IFMT = 0170000;

    private static final int S_IFSOCK = 0140000;

    private SocketFile() {}

    /**
     * Removes a socket file that no process listens on.
     *
     * @throws IOException if the path is another kind of file, or a process listens on it
     */
    static void removeStale(Path path) throws IOException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        int mode = (int) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
        if ((mode & S_IFMT) != S_IFSOCK) {
            throw new IOException("exists and is not a socket; choose another path");
        }
        if (UnixSockets.isOpen(path)) {
            throw new IOException("another process listens there; end it, or choose another path");
        }
        Files.deleteIfExists(path);
    }

    /**
     * Sets who may connect.
     *
     * @param others whether every user may connect (the connection's user is then checked);
     *     otherwise only the owner and root may
     */
    static void setMode(Path path, boolean others) throws IOException {
        Files.setPosixFilePermissions(
                path, PosixFilePermissions.fromString(others ? "rw-rw-rw-" : "rw-------"));
    }
}
