package io.pageproxy.net;

import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator.ExtendedHandle;

/**
 * How much of a tunnel is read at once: little before its peer has been authenticated, so that
 * strangers cost little; much after that, for few system calls and many TLS records decrypted in
 * one go. One instance serves one channel, on its event loop.
 */
final class TunnelReads extends DefaultMaxMessagesRecvByteBufAllocator {
    private static final int HANDSHAKE_READ_BYTES = 4 << 10;
    private static final int READ_BYTES = 512 << 10;

    private int readBytes = HANDSHAKE_READ_BYTES;

    /** The handshake is over, well or not. */
    void authenticated(boolean success) {
        readBytes = success ? READ_BYTES : HANDSHAKE_READ_BYTES;
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
