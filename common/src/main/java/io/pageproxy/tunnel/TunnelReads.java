package io.pageproxy.tunnel;

import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator.ExtendedHandle;

/**
 * Sets the read size of a tunnel. Reads are small until the peer has been authenticated and, at a
 * destination, has requested a session, so that other connections use little memory; afterwards
 * they are large, which saves system calls and decrypts many TLS records at once. One instance
 * serves one channel on its event loop.
 */
final class TunnelReads extends DefaultMaxMessagesRecvByteBufAllocator {
    private static final int FIRST_READ_BYTES = 4 << 10;
    private static final int READ_BYTES = 512 << 10;

    private int readBytes = FIRST_READ_BYTES;

    /** Switches to large reads. */
    void enlarge() {
        readBytes = READ_BYTES;
    }

    @Override
    public ExtendedHandle newHandle() {
        return new MaxMessageHandle() {
            @Override
            public int guess() {
                return readBytes;
            }
        };
    }
}
