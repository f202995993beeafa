package io.pageproxy.process;

import java.io.IOException;

/**
 * Two connected AF_UNIX stream sockets in this process, for a page server or a dumper that is no
 * child but a thread of ours. Both ends are close-on-exec.
 *
 * @param descriptor one end, non-blocking, for {@code io.pageproxy.net.AdoptedSockets}; whoever
 *     takes it owns it
 * @param channel the other end, blocking
 */
public record SocketPair(int descriptor, DescriptorChannel channel) {

    /**
     * Opens a pair.
     *
     * @param bufferBytes how much each end may have under way to the other, 1 or more; the system
     *     may cap it
     * @throws IOException where there can be none, or JNA's native library cannot be loaded
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
