package io.pageproxy.local;

import io.pageproxy.net.HostPort;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Where somebody of this host connects: a TCP port, or a socket in the file system. */
public sealed interface LocalAddress {
    /** What a socket's path is told by. */
    String UNIX_PREFIX = "unix:";

    /** A port, such as {@code criu dump --page-server --address --port} connects to. */
    record Tcp(HostPort address) implements LocalAddress {
        @Override
        public String toString() {
            return address.toString();
        }
    }

    /** An AF_UNIX socket, for a program that connects and hands it on as {@code --ps-socket}. */
    record UnixSocket(Path path) implements LocalAddress {
        /** What {@code sun_path} holds beside its NUL, see unix(7). */
        private static final int MAX_PATH_BYTES = 107;

        /**
         * @throws IllegalArgumentException where the path is none that a socket can have
         */
        public UnixSocket {
            int bytes = path.toString().getBytes(StandardCharsets.UTF_8).length;
            if (bytes < 1 || bytes > MAX_PATH_BYTES) {
                throw new IllegalArgumentException(
                        "'"
                                + UNIX_PREFIX
                                + path
                                + "': the path has "
                                + bytes
                                + " bytes, a socket's has 1 to "
                                + MAX_PATH_BYTES
                                + "; choose a shorter one, or a relative one");
            }
        }

        @Override
        public String toString() {
            return UNIX_PREFIX + path;
        }
    }

    /**
     * Reads {@code ADDR:PORT} or {@code unix:PATH}.
     *
     * @throws IllegalArgumentException that says how it is written
     */
    static LocalAddress parse(String text) {
        return text.startsWith(UNIX_PREFIX)
                ? new UnixSocket(Path.of(text.substring(UNIX_PREFIX.length())))
                : new Tcp(HostPort.parse(text));
    }

    /** Whether only this host can reach it. */
    default boolean isLocal() {
        return !(this instanceof Tcp tcp) || tcp.address().isLoopback();
    }
}
