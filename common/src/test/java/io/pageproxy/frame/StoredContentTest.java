package io.pageproxy.frame;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.pageproxy.frame.Frame.Block;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Memory held by a stored block for every way its sender may split it into TLS records. */
class StoredContentTest {
    private static final int BLOCK_BYTES = 64 << 10;
    private static final int READ_BYTES = 512 << 10;

    private final CountedAllocations allocator = new CountedAllocations();
    private final byte[] bytes = new byte[BLOCK_BYTES];
    private EmbeddedChannel channel = newChannel(new FrameDecoder());

    StoredContentTest() {
        new Random(18).nextBytes(bytes);
    }

    private EmbeddedChannel newChannel(FrameDecoder decoder) {
        EmbeddedChannel made = new EmbeddedChannel();
        made.config().setAllocator(allocator);
        made.pipeline().addLast(decoder);
        return made;
    }

    @AfterEach
    void assertNothingLeaks() {
        channel.finishAndReleaseAll();
        assertThat(allocator.heldBytes()).isZero();
    }

    private static ByteBuf header(int contentBytes) {
        ByteBuf header = Unpooled.buffer();
        header.writeByte(FrameType.BLOCK.code()).writeByte(FrameLayout.STORED_CODE).writeShort(0);
        header.writeInt(FrameLayout.BLOCK_FIELDS_BYTES + contentBytes);
        return header.writeLong(0).writeInt(contentBytes).writeInt(0);
    }

    /** Delivers a piece as a TLS record does: in a buffer of its own. */
    private void deliver(int from, int lengthBytes, int capacityBytes) {
        ByteBuf in = allocator.directBuffer(capacityBytes, capacityBytes);
        channel.writeInbound(in.writeBytes(bytes, from, lengthBytes));
    }

    private void assertBlockArrives() {
        Block block = channel.readInbound();
        byte[] arrived = new byte[block.content().readableBytes()];
        block.content().getBytes(0, arrived);
        block.content().release();
        assertThat(arrived).isEqualTo(bytes);
    }

    @Test
    void oneByteRecordsHoldLittleExtraMemory() {
        channel.writeInbound(header(BLOCK_BYTES));
        for (int at = 0; at < BLOCK_BYTES - 1; at++) {
            deliver(at, 1, 32);
        }
        assertThat(allocator.heldBytes()).isLessThan(BLOCK_BYTES + (32 << 10));
        deliver(BLOCK_BYTES - 1, 1, 32);
        Block block = channel.readInbound();
        assertThat(block.content().nioBufferCount()).isLessThanOrEqualTo(BLOCK_BYTES >> 14);
        channel.inboundMessages().add(block);
        assertBlockArrives();
    }

    @Test
    void shortPiecesDoNotRetainLongBuffers() {
        channel.writeInbound(header(BLOCK_BYTES));
        for (int at = 0; at < BLOCK_BYTES; at += 8 << 10) {
            deliver(at, 8 << 10, READ_BYTES);
        }
        assertThat(allocator.heldBytes()).isLessThan(2 * BLOCK_BYTES);
        assertBlockArrives();
    }

    @Test
    void smallBlockDoesNotRetainLargeRead() {
        ByteBuf in = allocator.directBuffer(READ_BYTES, READ_BYTES);
        channel.writeInbound(in.writeBytes(header(1)).writeByte(7));
        assertThat(in.refCnt()).isZero();
        Block block = channel.readInbound();
        assertThat(block.content().readByte()).isEqualTo((byte) 7);
        block.content().release();
    }

    @Test
    void largePiecesAreNotCopied() {
        channel.writeInbound(header(BLOCK_BYTES));
        int before = allocator.count();
        for (int at = 0; at < BLOCK_BYTES; at += 16 << 10) {
            deliver(at, 16 << 10, 16 << 10);
        }
        assertThat(allocator.count() - before)
                .as("the pieces themselves and what holds them together")
                .isLessThanOrEqualTo(BLOCK_BYTES / (16 << 10) + 1);
        assertBlockArrives();
    }

    @Test
    void mixedPiecesKeepTheirOrder() {
        channel.writeInbound(header(BLOCK_BYTES));
        Random random = new Random(4);
        for (int at = 0; at < BLOCK_BYTES; ) {
            int wanted = random.nextBoolean() ? 1 + random.nextInt(100) : 5000;
            int lengthBytes = Math.min(wanted, BLOCK_BYTES - at);
            deliver(at, lengthBytes, lengthBytes);
            at += lengthBytes;
        }
        assertBlockArrives();
    }

    @Test
    void blockBeforeHelloIsRefusedWithoutAllocation() {
        channel = newChannel(FrameDecoder.ofControlFrames());
        assertThatThrownBy(() -> channel.writeInbound(header(FrameLayout.MAX_BLOCK_BYTES)))
                .isInstanceOf(FrameException.class)
                .hasMessageContaining("before the peer had asked for a session");
        assertThat(allocator.count()).isZero();
    }

    @Test
    void blocksAreAcceptedOnceExpected() {
        channel = newChannel(FrameDecoder.ofControlFrames());
        channel.pipeline().fireUserEventTriggered(BlocksExpected.INSTANCE);
        channel.writeInbound(header(BLOCK_BYTES));
        deliver(0, BLOCK_BYTES, BLOCK_BYTES);
        assertBlockArrives();
    }
}
