package io.pageproxy.cli;

import io.pageproxy.net.Endpoint;
import java.nio.file.Path;

/**
 * The folder from which relative paths of a command line count.
 *
 * @param path absolute; empty for the working directory of this process
 */
public record WorkingDirectory(Path path) {
    /** That of this process. */
    public static final WorkingDirectory OF_PROCESS = new WorkingDirectory(Path.of(""));

    /** Returns a path that this process can use. */
    public Path resolve(Path given) {
        return path.resolve(given);
    }

    /**
     * Returns an address that this process can use.
     *
     * @throws IllegalArgumentException if the path of a socket gets too long
     */
    public Endpoint resolve(Endpoint given) {
        return given instanceof Endpoint.UnixSocket unix
                ? new Endpoint.UnixSocket(resolve(unix.path()))
                : given;
    }
}
