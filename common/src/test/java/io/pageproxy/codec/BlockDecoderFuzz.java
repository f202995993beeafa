package io.pageproxy.codec;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.github.luben.zstd.Zstd;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.pageproxy.frame.CountedAllocations;
import io.pageproxy.frame.Frame.Block;
import io.pageproxy.frame.FrameDecoder;
import io.pageproxy.frame.FrameEncoder;
import io.pageproxy.frame.FrameException;
import io.pageproxy.frame.FrameLayout;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import net.jpountz.lz4.LZ4Factory;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Feeds arbitrary blocks. An input has the fields of a block: u8 codec, u8 number of references,
 * u32 raw length, content.
 */
class BlockDecoderFuzz {
    private static final int INPUT_HEADER_BYTES = 6;
    private static final int PAGE = 64;
    private static final List<byte[]> EARLIER = earlier(new Random(3));

    private static List<byte[]> earlier(Random random) {
        List<byte[]> pages = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            byte[] page = new byte[PAGE];
            random.nextBytes(page);
            pages.add(page);
        }
        return pages;
    }

    private static void append(long firstIndex, int pages, ByteBuf to) {
        if (firstIndex > EARLIER.size() - pages) {
            throw new SessionException(CloseReason.TUNNEL_PROTOCOL, "no such page");
        }
        for (int i = 0; i < pages; i++) {
            to.writeBytes(EARLIER.get((int) firstIndex + i));
        }
    }

    static Stream<Arguments> seeds() {
        byte[] text = "to freeze and to thaw, ".repeat(6).getBytes(StandardCharsets.UTF_8);
        byte[] lz4 = LZ4Factory.safeInstance().fastCompressor().compress(text);
        byte[] zstd = Zstd.compress(text);
        int pages = 5 * PAGE;
        return Stream.of(
                        input(0, text.length, text),
                        input(1, text.length, lz4),
                        input(2, text.length, zstd),
                        input(1, 10, lz4WithLateMatch()),
                        input(0, 2 * PAGE, new byte[0], 0, 2, -1),
                        input(0, text.length + 2 * PAGE, text, 1, 1, -1, PAGE + 1, 1, 5),
                        input(1, text.length + pages, lz4, 0, 2, 1, 2 * PAGE, 1, -4, 130, 3, 2),
                        input(2, text.length + pages, zstd, 7, 3, 0, 250, 2, -1, 400, 1, -9))
                .map(input -> Arguments.of((Object) input));
    }

    /** Its last match begins 9 bytes before the end, but the LZ4 format requires 12. */
    private static byte[] lz4WithLateMatch() {
        return new byte[] {0x10, 'A', 1, 0, 0x50, 'B', 'C', 'D', 'E', 'F'};
    }

    /** Each reference is an offset, a number of pages and the index of the first page. */
    private static byte[] input(int codec, int rawBytes, byte[] coded, int... references) {
        ByteBuffer out = ByteBuffer.allocate(4096);
        out.put((byte) codec).put((byte) (references.length / 3)).putInt(rawBytes).put(coded);
        for (int i = 0; i < references.length; i += 3) {
            out.putInt(references[i]).putInt(references[i + 1]).putLong(references[i + 2]);
        }
        return Arrays.copyOf(out.array(), out.position());
    }

    @MethodSource("seeds")
    @FuzzTest
    void decoderAgreesWithReferenceDecoder(byte[] input) {
        if (input.length < INPUT_HEADER_BYTES) {
            return;
        }
        int rawBytes = ByteBuffer.wrap(input).getInt(2);
        Optional<byte[]> expected = Optional.empty();
        if (rawBytes <= FrameLayout.MAX_BLOCK_BYTES) {
            byte[] content = Arrays.copyOfRange(input, INPUT_HEADER_BYTES, input.length);
            expected =
                    new NaiveBlock(PAGE, EARLIER)
                            .decode(input[0], input[1] & 0xff, rawBytes, content);
        }
        CRC32C checksum = new CRC32C();
        expected.ifPresent(checksum::update);
        int right = (int) checksum.getValue();
        int wrong = right ^ 1 << (Arrays.hashCode(input) & 31);
        assertThat(decode(input, rawBytes, wrong)).as("with a wrong checksum").isEmpty();
        assertThat(decode(input, rawBytes, right).map(ByteBuffer::wrap))
                .isEqualTo(expected.map(ByteBuffer::wrap));
    }

    private static Optional<byte[]> decode(byte[] input, int rawBytes, int checksum) {
        CountedAllocations allocator = new CountedAllocations();
        EmbeddedChannel wire = new EmbeddedChannel();
        wire.config().setAllocator(allocator);
        wire.pipeline().addLast(new FrameDecoder());
        BlockDecoder decoder = new BlockDecoder(PAGE, BlockDecoderFuzz::append);
        try {
            sendInTwo(wire, frame(input, rawBytes, checksum));
            Block block = wire.readInbound();
            ByteBuf plain = decoder.decode(block, allocator);
            byte[] bytes = ByteBufUtil.getBytes(plain);
            plain.release();
            return Optional.of(bytes);
        } catch (FrameException | SessionException refused) {
            return Optional.empty();
        } finally {
            decoder.close();
            wire.finishAndReleaseAll();
            assertThat(allocator.heldBytes()).as("leaked bytes").isZero();
            assertThat(allocator.largestBytes()).isLessThanOrEqualTo(FrameLayout.MAX_BLOCK_BYTES);
        }
    }

    private static byte[] frame(byte[] input, int rawBytes, int checksum) {
        int header = FrameLayout.BLOCK_HEADER_BYTES;
        ByteBuf out = Unpooled.buffer().writeZero(header);
        out.writeBytes(input, INPUT_HEADER_BYTES, input.length - INPUT_HEADER_BYTES);
        out.readerIndex(header);
        FrameEncoder.writeBlockHeader(out, input[0], input[1] & 0xff, 0, rawBytes, checksum);
        return ByteBufUtil.getBytes(out);
    }

    private static void sendInTwo(EmbeddedChannel wire, byte[] frame) {
        int cut = Math.floorMod(Arrays.hashCode(frame), frame.length);
        wire.writeInbound(Unpooled.copiedBuffer(frame, 0, cut));
        wire.writeInbound(Unpooled.copiedBuffer(frame, cut, frame.length - cut));
    }
}
