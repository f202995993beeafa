package io.pageproxy.criu;

import io.pageproxy.posix.Capabilities;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The pipes from which {@code criu dump --lazy-pages} serves a tree's memory. Each may hold 4 MiB
 * ({@code PIPE_MAX_SIZE} in criu/page-pipe.c), and for each request its content is copied into
 * another of that size, which is made when the first page is requested: where the kernel refuses
 * that, the dump fails only then, with {@code tee: 65536: Operation not permitted}.
 */
public final class LazyPipes {
    static final long NEEDED_BYTES = 4 << 20;

    private static final String NAME = "fs.pipe-max-size";
    private static final Path LIMIT = Path.of("/proc/sys/fs/pipe-max-size");

    private LazyPipes() {}

    /**
     * Checks that this process and its children may make such pipes.
     *
     * @throws IOException if they may not; the message says what to do
     */
    public static void requirePossible() throws IOException {
        // The kernel answers only the first read.
        try (BufferedReader limit = Files.newBufferedReader(LIMIT, StandardCharsets.US_ASCII)) {
            requirePossible(limit.readLine(), Capabilities.effective());
        }
    }

    /**
     * Does the same for given facts.
     *
     * @param limit the kernel's, in bytes
     */
    static void requirePossible(String limit, Capabilities held) throws IOException {
        if (Long.parseLong(limit.strip()) < NEEDED_BYTES && !held.has(Capabilities.SYS_RESOURCE)) {
            throw new IOException(
                    "criu dump --lazy-pages needs pipes of "
                            + NEEDED_BYTES
                            + " bytes, and "
                            + NAME
                            + " is "
                            + limit.strip()
                            + " here: sysctl -w "
                            + NAME
                            + "="
                            + NEEDED_BYTES
                            + "; or give it CAP_SYS_RESOURCE");
        }
    }
}
