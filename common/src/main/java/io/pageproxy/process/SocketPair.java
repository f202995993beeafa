package io.pageproxy.process;

import io.pageproxy.posix.DescriptorChannel;
import io.pageproxy.posix.LibC;
import io.pageproxy.posix.Posix;
import java.io.IOException;

/**
 * Two connected AF_UNIX stream sockets in this process, for a page server or dumper that runs on a
 * thread of ours instead of in a child. Both ends are close-on-exec.
 *
 * @param descriptor one end, non-blocking, for {@code io.pageproxy.net.AdoptedSockets}, which takes
 *     ownership
 * @param channel the other end, blocking
 */
public record SocketPair(int descriptor, DescriptorChannel channel) {

    /**
     * Opens a pair.
     *
     * @param bufferBytes send buffer size of each end, 1 or more; the system may limit it
     * @throws IOException if it cannot be opened, or JNA's native library cannot be loaded
     */
    public static SocketPair open(int bufferBytes) throws IOException {
        LibC libc = Posix.libc();
        try (OpenDescriptors open = new OpenDescriptors(libc)) {
            int[] pair = open.socketPair(bufferBytes);
            open.release(pair[0]);
            open.release(pair[1]);
            return new SocketPair(pair[0], new DescriptorChannel(libc, pair[1]));
        }
    }
}
