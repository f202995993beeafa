package io.pageproxy.pagestream;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Feeds arbitrary requests of a lazy-pages daemon, in both layouts, split into arbitrary reads. */
class LazyRequestsFuzz {
    private static final int PAGE = 4096;

    private record Result(List<PageRequest> requests, boolean closed, boolean broken) {}

    static Stream<Arguments> seeds() {
        return Stream.of(RecordLayout.values()).map(layout -> Arguments.of((Object) input(layout)));
    }

    private static byte[] input(RecordLayout layout) {
        ByteBuf input = Unpooled.buffer();
        new PageRequest(1, 0x7f00_0000_0000L, 42).write(layout, input);
        new PageRequest(PageRequest.MAX_NR_PAGES, PAGE, 43).write(layout, input);
        layout.write(PageRecord.end(PageCommand.CLOSE), input);
        return ByteBufUtil.getBytes(input);
    }

    @MethodSource("seeds")
    @FuzzTest
    void readerAgreesWithReferenceForAnySplit(byte[] input) {
        for (RecordLayout layout : RecordLayout.values()) {
            Result naive = naive(layout, input);
            assertThat(read(layout, input, Math.max(1, input.length))).isEqualTo(naive);
            assertThat(read(layout, input, 1)).isEqualTo(naive);
            assertThat(read(layout, input, 29)).isEqualTo(naive);
        }
    }

    private static Result read(RecordLayout layout, byte[] input, int pieceBytes) {
        LazyRequests reader = new LazyRequests(layout, PAGE);
        List<PageRequest> requests = new ArrayList<>();
        ByteBuf in = Unpooled.wrappedBuffer(input);
        try {
            while (in.isReadable()) {
                reader.read(in.readSlice(Math.min(pieceBytes, in.readableBytes())), requests::add);
            }
            return new Result(requests, reader.closed(), false);
        } catch (PageStreamException e) {
            assertThat(e).hasMessageStartingWith("expected ");
            return new Result(requests, reader.closed(), true);
        }
    }

    /** Reference implementation that reads the whole input record by record. */
    private static Result naive(RecordLayout layout, byte[] input) {
        List<PageRequest> requests = new ArrayList<>();
        ByteBuf in = Unpooled.wrappedBuffer(input);
        while (in.readableBytes() >= layout.bytes()) {
            long word = in.readUnsignedIntLE();
            long pages = in.readUnsignedIntLE();
            if (layout == RecordLayout.BYTES_32) {
                pages = in.readLongLE();
            }
            long vaddr = in.readLongLE();
            long dstId = in.readLongLE();
            int command = (int) word & 0xffff;
            if (command == 0x1023 || command == 0x1024) {
                return new Result(requests, true, in.isReadable());
            }
            if (word != PageRequest.GET
                    || pages < 1
                    || pages > PageRequest.MAX_NR_PAGES
                    || vaddr < 0
                    || vaddr % PAGE != 0
                    || dstId < 0) {
                return new Result(requests, false, true);
            }
            requests.add(new PageRequest(pages, vaddr, dstId));
        }
        return new Result(requests, false, false);
    }
}
