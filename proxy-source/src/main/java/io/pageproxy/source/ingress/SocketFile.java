package io.pageproxy.source.ingress;

import io.pageproxy.process.UnixSockets;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;

/** The file of a listening AF_UNIX socket: the kernel neither replaces nor removes it. */
final class SocketFile {
    private final Path path;
    private final Object key;
    private boolean deleted;

    private SocketFile(Path path, Object key) {
        this.path = path;
        this.key = key;
    }

    /**
     * Removes a socket that nobody listens at any more.
     *
     * @throws IOException where something else is there, or somebody listens
     */
    static void removeStale(Path path) throws IOException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        if (!isSocket(path)) {
            throw new IOException("is there already and no socket; choose another path");
        }
        if (UnixSockets.isOpen(path)) {
            throw new IOException(
                    "somebody listens there already; end that process, or choose another path");
        }
        Files.deleteIfExists(path);
    }

    private static boolean isSocket(Path path) throws IOException {
        int socket = 0140000;
        int mode = (int) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
        return (mode & 0170000) == socket;
    }

    /**
     * Takes charge of the file of a socket that listens now.
     *
     * @param forOthers whether other users may connect; else only its owner and root
     */
    static SocketFile bound(Path path, boolean forOthers) throws IOException {
        PosixFileAttributeView view =
                Files.getFileAttributeView(
                        path, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
        Files.setPosixFilePermissions(
                path, PosixFilePermissions.fromString(forOthers ? "rw-rw-rw-" : "rw-------"));
        return new SocketFile(path, view.readAttributes().fileKey());
    }

    /** Removes it, once, where it is still the one. */
    synchronized void delete() {
        if (deleted) {
            return;
        }
        deleted = true;
        try {
            Object now =
                    Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                            .fileKey();
            if (Objects.equals(now, key)) {
                Files.delete(path);
            }
        } catch (IOException gone) {
            // A file that cannot be removed is a stale one, which the next source replaces.
        }
    }
}
