package io.pageproxy.local;

import io.pageproxy.process.UnixSockets;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * The file of a listening AF_UNIX socket, which the kernel does not replace. Netty removes it when
 * it closes the socket.
 */
final class SocketFile {
    /** See inode(7). */
    private static final int S_IFMT = 0170000;

    private static final int S_IFSOCK = 0140000;

    private SocketFile() {}

    /**
     * Removes a socket that nobody listens at any more.
     *
     * @throws IOException where something else is there, or somebody listens
     */
    static void removeStale(Path path) throws IOException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        int mode = (int) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
        if ((mode & S_IFMT) != S_IFSOCK) {
            throw new IOException("is there already and no socket; choose another path");
        }
        if (UnixSockets.isOpen(path)) {
            throw new IOException(
                    "somebody listens there already; end that process, or choose another path");
        }
        Files.deleteIfExists(path);
    }

    /**
     * Says who may connect.
     *
     * @param others whether other users may, of whom the kernel will tell; else only its owner and
     *     root
     */
    static void setMode(Path path, boolean others) throws IOException {
        Files.setPosixFilePermissions(
                path, PosixFilePermissions.fromString(others ? "rw-rw-rw-" : "rw-------"));
    }
}
