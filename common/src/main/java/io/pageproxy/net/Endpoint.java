package io.pageproxy.net;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** A listening address: a TCP port or an AF_UNIX socket in the file system. */
public sealed interface Endpoint {
    /** Prefix that marks the path of a socket. */
    String UNIX_PREFIX = "unix:";

    /** A TCP port of a host. */
    record Tcp(HostPort address) implements Endpoint {
        @Override
        public String toString() {
            return address.toString();
        }
    }

    /** An AF_UNIX socket of this host. */
    record UnixSocket(Path path) implements Endpoint {
        /** Longest path in {@code sun_path} without its terminating NUL, see unix(7). */
        private static final int MAX_PATH_BYTES = 107;

        /**
         * @throws IllegalArgumentException if the path cannot be that of a socket
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
     * Parses {@code ADDR:PORT} or {@code unix:PATH}.
     *
     * @throws IllegalArgumentException if the text has neither form; the message shows the correct
     *     one
     */
    static Endpoint parse(String text) {
        return text.startsWith(UNIX_PREFIX)
                ? new UnixSocket(Path.of(text.substring(UNIX_PREFIX.length())))
                : new Tcp(HostPort.parse(text));
    }

    /** Whether the address is reachable only from this host. */
    default boolean isLocal() {
        return !(this instanceof Tcp tcp) || tcp.address().isLoopback();
    }
}
