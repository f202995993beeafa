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

/** What a stored block costs in memory, however its sender cuts it into TLS records. */
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
    void nothingLeaks() {
        channel.finishAndReleaseAll();
        assertThat(allocator.heldBytes()).isZero();
    }

    private static ByteBuf header(int contentBytes) {
        ByteBuf header = Unpooled.buffer();
        header.writeByte(FrameType.BLOCK.code()).writeByte(FrameLayout.STORED_CODE).writeShort(0);
        header.writeInt(FrameLayout.BLOCK_FIELDS_BYTES + contentBytes);
        return header.writeLong(0).writeInt(contentBytes).writeInt(0);
    }

    /** A piece as a record of TLS brings it: in a buffer of its own. */
    private void sends(int from, int lengthBytes, int capacityBytes) {
        ByteBuf in = allocator.directBuffer(capacityBytes, capacityBytes);
        channel.writeInbound(in.writeBytes(bytes, from, lengthBytes));
    }

    private void arrivesWhole() {
        Block block = channel.readInbound();
        byte[] arrived = new byte[block.content().readableBytes()];
        block.content().getBytes(0, arrived);
        block.content().release();
        assertThat(arrived).isEqualTo(bytes);
    }

    @Test
    void oneByteInEachRecordCostsLittleMoreThanABytesMemory() {
        channel.writeInbound(header(BLOCK_BYTES));
        for (int at = 0; at < BLOCK_BYTES - 1; at++) {
            sends(at, 1, 32);
        }
        assertThat(allocator.heldBytes()).isLessThan(BLOCK_BYTES + (32 << 10));
        sends(BLOCK_BYTES - 1, 1, 32);
        Block block = channel.readInbound();
        assertThat(block.content().nioBufferCount()).isLessThanOrEqualTo(BLOCK_BYTES >> 14);
        channel.inboundMessages().add(block);
        arrivesWhole();
    }

    @Test
    void shortPiecesDoNotKeepTheLongBuffersAliveThatBroughtThem() {
        channel.writeInbound(header(BLOCK_BYTES));
        for (int at = 0; at < BLOCK_BYTES; at += 8 << 10) {
            sends(at, 8 << 10, READ_BYTES);
        }
        assertThat(allocator.heldBytes()).isLessThan(2 * BLOCK_BYTES);
        arrivesWhole();
    }

    @Test
    void aSmallBlockDoesNotKeepTheReadAliveThatBroughtIt() {
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
            sends(at, 16 << 10, 16 << 10);
        }
        assertThat(allocator.count() - before)
                .as("the pieces themselves and what holds them together")
                .isLessThanOrEqualTo(BLOCK_BYTES / (16 << 10) + 1);
        arrivesWhole();
    }

    @Test
    void largeAndShortPiecesStayInTheirOrder() {
        channel.writeInbound(header(BLOCK_BYTES));
        Random random = new Random(4);
        for (int at = 0; at < BLOCK_BYTES; ) {
            int wanted = random.nextBoolean() ? 1 + random.nextInt(100) : 5000;
            int lengthBytes = Math.min(wanted, BLOCK_BYTES - at);
            sends(at, lengthBytes, lengthBytes);
            at += lengthBytes;
        }
        arrivesWhole();
    }

    @Test
    void beforeAGreetingABlockIsRefusedAndReservesNothing() {
        channel = newChannel(FrameDecoder.ofControlFrames());
        assertThatThrownBy(() -> channel.writeInbound(header(FrameLayout.MAX_BLOCK_BYTES)))
                .isInstanceOf(FrameException.class)
                .hasMessageContaining("before the peer had asked for a session");
        assertThat(allocator.count()).isZero();
    }

    @Test
    void blocksAreTakenOnceTheyAreExpected() {
        channel = newChannel(FrameDecoder.ofControlFrames());
        channel.pipeline().fireUserEventTriggered(BlocksExpected.INSTANCE);
        channel.writeInbound(header(BLOCK_BYTES));
        sends(0, BLOCK_BYTES, BLOCK_BYTES);
        arrivesWhole();
    }
}
