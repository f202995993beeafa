package io.pageproxy.pagestream;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Feeds arbitrary bytes of a dumper, in both layouts, split into arbitrary reads. */
class PageStreamParserFuzz {
    /** Small pages, so that a short input holds many. */
    private static final int PAGE = 64;

    private static final int MAX_PIECE_BYTES = 50;

    private final List<String> records = new ArrayList<>();
    private final List<Integer> pages = new ArrayList<>();
    private final List<Integer> turnEnds = new ArrayList<>();

    static Stream<Arguments> seeds() {
        return Stream.of(RecordLayout.values())
                .flatMap(
                        layout ->
                                Stream.of(1L, 2L, 3L, 4L, 5L)
                                        .map(seed -> GeneratedStream.of(seed, layout, PAGE)))
                .map(stream -> Arguments.of((Object) bytes(stream.bytes())));
    }

    private static byte[] bytes(ByteBuf stream) {
        byte[] bytes = new byte[Math.min(stream.readableBytes(), 2000)];
        stream.readBytes(bytes);
        return bytes;
    }

    @MethodSource("seeds")
    @FuzzTest
    void parserAgreesWithReferenceForAnySplit(byte[] stream) {
        NaivePageStream naive = new NaivePageStream(stream, PAGE);
        turnEnds.clear(); // The fuzzer runs all inputs on the same instance.
        compare(naive, stream, 1);
        compare(naive, stream, MAX_PIECE_BYTES);
    }

    /** Parses in pieces that end where the dumper waits for a reply, or earlier. */
    private void compare(NaivePageStream naive, byte[] stream, int mostBytes) {
        records.clear();
        pages.clear();
        PageStreamParser parser = new PageStreamParser(PAGE);
        boolean broken = false;
        Random cuts = new Random(Arrays.hashCode(stream));
        ByteBuf unread = Unpooled.buffer();
        for (int at = 0; at < stream.length && !broken; ) {
            int bytes = Math.min(1 + cuts.nextInt(mostBytes), turnEndAfter(at, stream) - at);
            unread.writeBytes(stream, at, bytes);
            at += bytes;
            broken = !parse(parser, unread);
            if (parser.awaitingAnswerTo() != null) {
                turnEnds.add(at);
                parser.answered();
            }
        }
        assertThat(records).isEqualTo(naive.records);
        assertThat(pages).isEqualTo(naive.pages);
        assertThat(broken).isEqualTo(naive.broken);
        assertThat(parser.totals())
                .isEqualTo(
                        new StreamTotals(
                                naive.consumedBytes(),
                                naive.records.size(),
                                naive.processes,
                                naive.sharedMemories,
                                naive.presentPages,
                                naive.parentPages));
    }

    private int turnEndAfter(int at, byte[] stream) {
        return turnEnds.stream().filter(end -> end > at).findFirst().orElse(stream.length);
    }

    private boolean parse(PageStreamParser parser, ByteBuf unread) {
        try {
            parser.parse(unread, new EventRecorder(parser));
        } catch (PageStreamException e) {
            long at = parser.totals().streamBytes();
            assertThat(e).hasMessageStartingWith("page stream at byte " + at + ": expected ");
            return false;
        }
        assertThat(unread.readableBytes()).isLessThan(RecordLayout.MAX_BYTES);
        return true;
    }

    /** Records the parser's events in the form of the reference implementation. */
    private final class EventRecorder implements PageStreamListener {
        private final PageStreamParser parser;

        EventRecorder(PageStreamParser parser) {
            this.parser = parser;
        }

        @Override
        public void onRecord(PageRecord page) {
            records.add(
                    String.format(
                            "%d %d %d %d %d",
                            page.command().code(),
                            page.flags(),
                            page.nrPages(),
                            page.vaddr(),
                            page.dstId()));
        }

        @Override
        public void onPages(ByteBuf in, int index, int lengthBytes) {
            int begin = (int) parser.totals().streamBytes();
            if (pages.isEmpty() || pages.get(pages.size() - 1) != begin) {
                pages.add(begin);
                pages.add(begin);
            }
            pages.set(pages.size() - 1, begin + lengthBytes);
        }
    }
}
