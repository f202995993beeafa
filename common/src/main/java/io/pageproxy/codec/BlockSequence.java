package io.pageproxy.codec;

import io.pageproxy.frame.Frame.Block;
import io.pageproxy.frame.FrameLayout;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/** Checks the blocks of files: they are stored, in order, under one running checksum. */
public final class BlockSequence {
    private final CRC32C checksum = new CRC32C();
    private long next;

    /**
     * Checks the next block; its content stays the caller's.
     *
     * @throws SessionException TUNNEL_PROTOCOL if another block is due; CHECKSUM_MISMATCH
     */
    public void check(Block block) {
        if (block.sequence() != next
                || block.codec() != FrameLayout.STORED_CODE
                || block.references() != 0
                || block.rawBytes() != block.content().readableBytes()) {
            throw new SessionException(
                    CloseReason.TUNNEL_PROTOCOL,
                    "expected the stored block " + next + " of the files, but another one came");
        }
        next++;
        for (ByteBuffer part : block.content().nioBuffers()) {
            checksum.update(part);
        }
        if ((int) checksum.getValue() != block.checksum()) {
            throw new SessionException(
                    CloseReason.CHECKSUM_MISMATCH,
                    "a block of the files does not match its checksum");
        }
    }
}
