package io.pageproxy.net;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Where somebody listens: a TCP port, or a socket in the file system. */
public sealed interface Endpoint {
    /** What a socket's path is told by. */
    String UNIX_PREFIX = "unix:";

    /** A port of a host. */
    record Tcp(HostPort address) implements Endpoint {
        @Override
        public String toString() {
            return address.toString();
        }
    }

    /** An AF_UNIX socket of this host. */
    record UnixSocket(Path path) implements Endpoint {
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
    static Endpoint parse(String text) {
        return text.startsWith(UNIX_PREFIX)
                ? new UnixSocket(Path.of(text.substring(UNIX_PREFIX.length())))
                : new Tcp(HostPort.parse(text));
    }

    /** A port of a host. */
    static Endpoint tcp(String host, int port) {
        return new Tcp(new HostPort(host, port));
    }

    /** Whether only this host can reach it. */
    default boolean isLocal() {
        return !(this instanceof Tcp tcp) || tcp.address().isLoopback();
    }
}
