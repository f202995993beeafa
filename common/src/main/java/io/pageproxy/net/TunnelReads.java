package io.pageproxy.net;

import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator.ExtendedHandle;

/**
 * How much of a tunnel is read at once: little before its peer has been authenticated, and at a
 * destination before it has asked for a session, so that such connections cost little; much after
 * that, for few system calls and many TLS records decrypted in one go. One instance serves one
 * channel, on its event loop.
 */
final class TunnelReads extends DefaultMaxMessagesRecvByteBufAllocator {
    private static final int FIRST_READ_BYTES = 4 << 10;
    private static final int READ_BYTES = 512 << 10;

    private int readBytes = FIRST_READ_BYTES;

    /** From now on much may come. */
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
