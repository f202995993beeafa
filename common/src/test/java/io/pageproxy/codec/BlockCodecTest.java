package io.pageproxy.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.pageproxy.frame.CountedAllocations;
import io.pageproxy.frame.Frame.Block;
import io.pageproxy.frame.FrameDecoder;
import io.pageproxy.frame.FrameLayout;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Blocks from the encoder through real frames to the decoder. */
class BlockCodecTest {
    private final CountedAllocations allocator = new CountedAllocations();
    private final EmbeddedChannel wire = new EmbeddedChannel();
    private final BlockDecoder decoder = newDecoder();
    private final BlockCompressor compressor = new BlockCompressor();

    BlockCodecTest() {
        wire.config().setAllocator(allocator);
        wire.pipeline().addLast(new FrameDecoder());
    }

    @AfterEach
    void nothingLeaks() {
        wire.finishAndReleaseAll();
        compressor.close();
        decoder.close();
        assertThat(allocator.heldBytes()).isZero();
    }

    /** What a block of the stream may hold. */
    enum Content {
        ZERO,
        TEXT,
        RANDOM;

        byte[] bytes(int length) {
            byte[] bytes = new byte[length];
            if (this == RANDOM) {
                new Random(length).nextBytes(bytes);
            } else if (this == TEXT) {
                for (int i = 0; i < length; i++) {
                    bytes[i] = (byte) "to freeze and to thaw, ".charAt(i % 23);
                }
            }
            return bytes;
        }
    }

    private static BlockEncoder encoder(CompressionLevel level) {
        return new BlockEncoder(LevelSelector.fixed(level));
    }

    private static BlockDecoder newDecoder() {
        return new BlockDecoder(
                4096,
                (index, pages, to) -> {
                    throw new AssertionError("nothing refers to page " + index);
                });
    }

    private Block encode(BlockEncoder encoder, byte[] raw) {
        int header = FrameLayout.BLOCK_HEADER_BYTES;
        ByteBuf block = allocator.directBuffer(header + raw.length).setIndex(header, header);
        wire.writeInbound(encoder.encode(block.writeBytes(raw), compressor, allocator));
        return wire.readInbound();
    }

    private byte[] decode(Block block) {
        ByteBuf raw = decoder.decode(block, allocator);
        try {
            return ByteBufUtil.getBytes(raw);
        } finally {
            raw.release();
        }
    }

    private void refuses(Block block, CloseReason reason, String... parts) {
        assertThatThrownBy(() -> decoder.decode(block, allocator))
                .isInstanceOfSatisfying(
                        SessionException.class,
                        ended -> assertThat(ended.reason()).isEqualTo(reason))
                .hasMessageContainingAll(parts);
    }

    @ParameterizedTest
    @EnumSource(CompressionLevel.class)
    void everySizeAndContentRoundTrips(CompressionLevel level) {
        for (int length : new int[] {1, 2, 15, 16, 17, 1023, 1024, 4096, 65_537, 1 << 20}) {
            arrivesAsItWas(level, length);
        }
    }

    private void arrivesAsItWas(CompressionLevel level, int length) {
        CRC32C whole = new CRC32C();
        BlockEncoder lz4 = encoder(level);
        BlockDecoder decoder = newDecoder();
        for (Content content : Content.values()) {
            byte[] raw = content.bytes(length);
            whole.update(raw);
            ByteBuf plain = decoder.decode(encode(lz4, raw), allocator);
            assertThat(ByteBufUtil.getBytes(plain)).isEqualTo(raw);
            plain.release();
        }
        decoder.close();
        assertThat(decoder.checksum()).isEqualTo(lz4.checksum()).isEqualTo((int) whole.getValue());
        assertThat(decoder.totals()).isEqualTo(lz4.totals());
    }

    @Test
    void onlyShrinkingBlocksAreCompressed() {
        BlockEncoder lz4 = encoder(CompressionLevel.LZ4);
        Block random = encode(lz4, Content.RANDOM.bytes(65_536));
        assertThat(random.codec()).isEqualTo(BlockCodec.STORED.code());
        assertThat(random.content().readableBytes()).isEqualTo(65_536);
        Block text = encode(lz4, Content.TEXT.bytes(65_536));
        assertThat(text.codec()).isEqualTo(BlockCodec.LZ4.code());
        assertThat(text.content().readableBytes()).isLessThan(1000);
        assertThat(text.rawBytes()).isEqualTo(65_536);
        assertThat(lz4.totals().blocksByCodec())
                .isEqualTo(Map.of("none", 1L, "lz4", 1L, "zstd", 0L));
        random.content().release();
        text.content().release();
    }

    @Test
    void blockThatShrinksByLessThanASixteenthIsStored() {
        byte[] raw = Content.RANDOM.bytes(32_768);
        Arrays.fill(raw, 0, 1500, (byte) 0);
        Block block = encode(encoder(CompressionLevel.LZ4), raw);
        assertThat(block.codec()).isEqualTo(BlockCodec.STORED.code());
        assertThat(decode(block)).isEqualTo(raw);
    }

    @Test
    void withoutACodecBlocksAreStored() {
        Block block = encode(encoder(CompressionLevel.NONE), new byte[4096]);
        assertThat(block.codec()).isEqualTo(BlockCodec.STORED.code());
        assertThat(decode(block)).isEqualTo(new byte[4096]);
    }

    @Test
    void blockOutOfSequenceIsRefused() {
        BlockEncoder encoder = encoder(CompressionLevel.LZ4);
        encode(encoder, new byte[100]).content().release();
        refuses(
                encode(encoder, new byte[100]),
                CloseReason.TUNNEL_PROTOCOL,
                "expected block 0",
                "block 1");
    }

    @Test
    void repeatedBlockIsRefused() {
        byte[] raw = new byte[100];
        decode(encode(encoder(CompressionLevel.LZ4), raw));
        refuses(
                encode(encoder(CompressionLevel.LZ4), raw),
                CloseReason.TUNNEL_PROTOCOL,
                "expected block 1");
    }

    @ParameterizedTest
    @EnumSource(
            value = Content.class,
            names = {"TEXT", "RANDOM"})
    void changedByteIsDetectedInAnyCodec(Content content) {
        Block block = encode(encoder(CompressionLevel.LZ4), content.bytes(4096));
        int last = block.content().readableBytes() - 1;
        block.content().setByte(last, block.content().getByte(last) ^ 1);
        refuses(block, CloseReason.CHECKSUM_MISMATCH, "block 0", "the source sent");
        assertThat(decoder.totals().blocksByCodec())
                .isEqualTo(Map.of("none", 0L, "lz4", 0L, "zstd", 0L));
    }

    @Test
    void checksumCoversTheWholeStream() {
        BlockEncoder encoder = encoder(CompressionLevel.NONE);
        decode(encode(encoder, Content.TEXT.bytes(10)));
        Block second = encode(encoder, Content.TEXT.bytes(20));
        CRC32C alone = new CRC32C();
        alone.update(Content.TEXT.bytes(20));
        refuses(
                new Block(1, second.codec(), 0, 20, (int) alone.getValue(), second.content()),
                CloseReason.CHECKSUM_MISMATCH,
                "block 1");
    }

    @ParameterizedTest
    @ValueSource(ints = {4095, 4097, 1 << 20})
    void lz4BlockOfWrongLengthIsRefused(int claimed) {
        Block block = encode(encoder(CompressionLevel.LZ4), new byte[4096]);
        refuses(
                new Block(0, block.codec(), 0, claimed, block.checksum(), block.content()),
                CloseReason.TUNNEL_PROTOCOL,
                "block 0 of " + claimed + " bytes");
    }

    @Test
    void storedBlockOfWrongLengthIsRefused() {
        Block block = encode(encoder(CompressionLevel.NONE), new byte[4096]);
        refuses(
                new Block(0, block.codec(), 0, 4097, block.checksum(), block.content()),
                CloseReason.TUNNEL_PROTOCOL,
                "not stored whole");
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 255})
    void unknownCodecIsRefused(int codec) {
        Block block = encode(encoder(CompressionLevel.NONE), new byte[64]);
        refuses(
                new Block(0, codec, 0, 64, block.checksum(), block.content()),
                CloseReason.TUNNEL_PROTOCOL,
                "codec " + codec);
    }

    @Test
    void corruptContentIsRefusedAndNeverOverrunsItsBuffer() {
        for (CompressionLevel level : List.of(CompressionLevel.LZ4, CompressionLevel.ZSTD_1)) {
            mangledContentIsRefused(level);
        }
    }

    private void mangledContentIsRefused(CompressionLevel level) {
        Random random = new Random(5);
        for (int round = 0; round < 3000; round++) {
            Block block = encode(encoder(level), Content.TEXT.bytes(4096));
            for (int flips = 0; flips < 3; flips++) {
                int at = random.nextInt(block.content().readableBytes());
                block.content().setByte(at, random.nextInt(256));
            }
            BlockDecoder fresh = newDecoder();
            try {
                assertThat(ByteBufUtil.getBytes(release(fresh.decode(block, allocator))))
                        .isEqualTo(Content.TEXT.bytes(4096));
            } catch (SessionException refused) {
                assertThat(refused.reason())
                        .isIn(CloseReason.TUNNEL_PROTOCOL, CloseReason.CHECKSUM_MISMATCH);
            }
            fresh.close();
            assertThat(allocator.heldBytes()).isZero();
        }
    }

    private static ByteBuf release(ByteBuf raw) {
        ByteBuf copy = Unpooled.copiedBuffer(raw);
        raw.release();
        return copy;
    }
}
