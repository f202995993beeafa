package io.pageproxy.pagestream;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The parser reports the same events for every split into reads. */
class PageStreamSplitTest {
    private static final int STREAMS = 200;

    private static Recorder parse(PageStreamParser parser, GeneratedStream of, Random cuts) {
        Recorder recorder = new Recorder();
        ByteBuf stream = of.bytes();
        for (int turnEnd : of.turnEnds()) {
            ByteBuf unread = Unpooled.buffer();
            while (stream.readerIndex() < turnEnd) {
                int most = cuts.nextInt(4) == 0 ? 9000 : 40;
                int left = turnEnd - stream.readerIndex();
                unread.writeBytes(stream, Math.min(1 + cuts.nextInt(most), left));
                parser.parse(unread, recorder);
                assertThat(unread.readableBytes()).isLessThan(RecordLayout.MAX_BYTES);
            }
            assertThat(unread.isReadable()).isFalse();
            assertThat(parser.awaitingAnswerTo()).isNotNull();
            parser.answered();
        }
        return recorder;
    }

    @ParameterizedTest
    @EnumSource(RecordLayout.class)
    void eventsDoNotDependOnReadBoundaries(RecordLayout layout) {
        for (int seed = 0; seed < STREAMS; seed++) {
            GeneratedStream stream = GeneratedStream.of(seed, layout);
            PageStreamParser parser = new PageStreamParser(GeneratedStream.PAGE_SIZE_BYTES);
            Recorder told = parse(parser, stream, new Random(~seed));

            assertThat(told.events()).as("seed %d", seed).isEqualTo(stream.events());
            assertThat(parser.layout()).isEqualTo(layout);
            assertThat(parser.ended()).isTrue();
            assertThat(parser.totals().streamBytes()).isEqualTo(stream.bytes().readableBytes());
        }
    }
}
