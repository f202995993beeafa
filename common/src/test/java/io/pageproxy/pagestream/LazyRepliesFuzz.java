package io.pageproxy.pagestream;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Feeds arbitrary replies to some requests, in both layouts, split into arbitrary reads. */
class LazyRepliesFuzz {
    /** Small pages, so that a short input holds many. */
    private static final int PAGE = 64;

    private static final int ADD_F_PRESENT = 6 | PageFlags.PRESENT << 16;

    private static final List<PageRequest> ASKED =
            List.of(
                    new PageRequest(1, 0x1_0000, 42),
                    new PageRequest(9, 0x2_0000, 42),
                    new PageRequest(2, 0x1_0000, 43));

    private record Result(StreamTotals totals, int left, boolean broken) {}

    static Stream<Arguments> seeds() {
        return Stream.of(RecordLayout.values())
                .map(layout -> Arguments.of((Object) answers(layout)));
    }

    private static byte[] answers(RecordLayout layout) {
        ByteBuf replies = Unpooled.buffer();
        for (PageRequest asked : ASKED) {
            long pages = (asked.nrPages() + 1) / 2;
            layout.write(ADD_F_PRESENT, pages, asked.vaddr(), asked.dstId(), replies);
            replies.writeZero((int) pages * PAGE);
        }
        return ByteBufUtil.getBytes(replies.writeIntLE(0));
    }

    @MethodSource("seeds")
    @FuzzTest
    void readerAgreesWithReferenceForAnySplit(byte[] replies) {
        for (RecordLayout layout : RecordLayout.values()) {
            Result naive = naive(layout, replies);
            assertThat(read(layout, replies, Math.max(1, replies.length))).isEqualTo(naive);
            assertThat(read(layout, replies, 1)).isEqualTo(naive);
            assertThat(read(layout, replies, 29)).isEqualTo(naive);
        }
    }

    private static Result read(RecordLayout layout, byte[] replies, int pieceBytes) {
        LazyReplies reader = new LazyReplies(layout, PAGE);
        ASKED.forEach(reader::asked);
        int left = 0;
        ByteBuf in = Unpooled.wrappedBuffer(replies);
        try {
            while (in.isReadable()) {
                ByteBuf piece = in.readSlice(Math.min(pieceBytes, in.readableBytes()));
                reader.read(piece);
                left += piece.readableBytes();
                assertThat(!piece.isReadable() || reader.isIdle()).isTrue();
            }
            return new Result(reader.totals(), left, false);
        } catch (PageStreamException e) {
            assertThat(e).hasMessageStartingWith("expected the pages of ");
            return new Result(StreamTotals.NONE, 0, true);
        }
    }

    /** Reference implementation that reads the whole input reply by reply. */
    private static Result naive(RecordLayout layout, byte[] replies) {
        ByteBuf in = Unpooled.wrappedBuffer(replies);
        int records = 0;
        long pages = 0;
        for (PageRequest asked : ASKED) {
            if (in.readableBytes() < layout.bytes()) {
                in.skipBytes(in.readableBytes());
                break;
            }
            long[] record = fields(layout, in);
            if (record[0] != ADD_F_PRESENT
                    || record[1] < 1
                    || record[1] > asked.nrPages()
                    || record[2] != asked.vaddr()
                    || record[3] != asked.dstId()) {
                return new Result(StreamTotals.NONE, 0, true);
            }
            records++;
            pages += record[1];
            in.skipBytes((int) Math.min(record[1] * PAGE, in.readableBytes()));
        }
        long streamBytes = in.readerIndex();
        return new Result(
                new StreamTotals(streamBytes, records, 0, 0, pages, 0), in.readableBytes(), false);
    }

    private static long[] fields(RecordLayout layout, ByteBuf in) {
        long word = in.readUnsignedIntLE();
        long pages;
        if (layout == RecordLayout.BYTES_24) {
            pages = in.readUnsignedIntLE();
        } else {
            in.skipBytes(Integer.BYTES);
            pages = in.readLongLE();
        }
        return new long[] {word, pages, in.readLongLE(), in.readLongLE()};
    }
}
