package io.pageproxy.tunnel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.RecvByteBufAllocator.ExtendedHandle;
import io.pageproxy.frame.CountedAllocations;
import io.pageproxy.frame.FrameLayout;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BlockReadsTest {
    private static final int BLOCK_BYTES = 64 << 10;

    private final CountedAllocations allocator = new CountedAllocations();
    private final BlockReads reads = new BlockReads(BLOCK_BYTES);
    private final ExtendedHandle handle = reads.newHandle();

    @AfterEach
    void assertNothingLeaks() {
        reads.release();
        assertThat(allocator.heldBytes()).isZero();
    }

    private void read(byte[] bytes) {
        ByteBuf into = handle.allocate(allocator);
        into.writeBytes(bytes);
        into.release();
    }

    @Test
    void readsAppendToOneBlockBehindHeaderSpace() {
        read(new byte[] {1, 2});
        read(new byte[] {3});
        assertThat(allocator.count()).isOne();
        assertThat(reads.block().readerIndex()).isEqualTo(FrameLayout.BLOCK_HEADER_BYTES);
        assertThat(ByteBufUtil.getBytes(reads.block())).containsExactly(1, 2, 3);
    }

    @Test
    void readSizeIsTheRemainingSpace() {
        read(new byte[1000]);
        handle.allocate(allocator).release();
        assertThat(handle.attemptedBytesRead()).isEqualTo(BLOCK_BYTES - 1000);
    }

    @Test
    void bytesBehindEndStartNextBlock() {
        read(new byte[] {1, 2, 3, 4, 5});
        ByteBuf taken = reads.take(allocator, reads.block().readerIndex() + 3);
        assertThat(ByteBufUtil.getBytes(taken)).containsExactly(1, 2, 3);
        taken.release();
        read(new byte[] {6});
        assertThat(ByteBufUtil.getBytes(reads.block())).containsExactly(4, 5, 6);
        assertThat(reads.block().readerIndex()).isEqualTo(FrameLayout.BLOCK_HEADER_BYTES);
    }

    @Test
    void takingWholeBlockLeavesNone() {
        read(new byte[] {1});
        ByteBuf taken = reads.take(allocator, reads.block().writerIndex());
        assertThat(reads.block()).isNull();
        assertThat(reads.isFull()).isFalse();
        assertThat(taken.refCnt()).isOne();
        taken.release();
    }

    @Test
    void blockIsFullWithLessThanAQuarterFree() {
        byte[] threeQuarters = new byte[BLOCK_BYTES / 4 * 3];
        Arrays.fill(threeQuarters, (byte) 1);
        read(threeQuarters);
        assertThat(reads.isFull()).isFalse();
        read(new byte[1]);
        assertThat(reads.isFull()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, (64 << 10) - 1, FrameLayout.MAX_BLOCK_BYTES + 1})
    void invalidBlockSizeIsRejected(int blockBytes) {
        assertThatThrownBy(() -> new BlockReads(blockBytes)).hasMessageContaining("" + blockBytes);
    }
}
