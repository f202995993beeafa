package io.pageproxy.dest.pageserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.pageproxy.dest.images.ImagesLedger;
import io.pageproxy.pagestream.ImageId;
import io.pageproxy.pagestream.ImageId.Kind;
import io.pageproxy.pagestream.PageCommand;
import io.pageproxy.pagestream.PageFlags;
import io.pageproxy.pagestream.PageRecord;
import io.pageproxy.pagestream.RecordLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Translates generated records and pages between all pairs of layouts. */
class PageStreamTranslatorTest {
    private static final int PAGE = 4096;
    private static final ImageId IMAGE = new ImageId(Kind.PROCESS, 1);
    private static final UnpooledByteBufAllocator ALLOCATOR =
            new UnpooledByteBufAllocator(true, false, true);

    private final ImagesLedger ledger = new ImagesLedger(PAGE);

    private PageStreamTranslator translator(RecordLayout from, RecordLayout to) {
        return new PageStreamTranslator(PAGE, from, to, ledger::onRecord);
    }

    private static ByteBuf record(RecordLayout layout, PageRecord page) {
        ByteBuf out = Unpooled.buffer();
        layout.write(page, out);
        return out;
    }

    private static void openImage(PageStreamTranslator translator, RecordLayout from) {
        translator.take(record(from, PageRecord.of(PageCommand.OPEN2, IMAGE)), ALLOCATOR).release();
        translator.answered();
    }

    static Stream<Arguments> layoutsAndSeeds() {
        return Stream.of(RecordLayout.values())
                .flatMap(
                        from ->
                                Stream.of(RecordLayout.values())
                                        .flatMap(
                                                to ->
                                                        new Random(3)
                                                                .longs(10)
                                                                .mapToObj(
                                                                        seed ->
                                                                                Arguments.of(
                                                                                        from, to,
                                                                                        seed))));
    }

    @ParameterizedTest
    @MethodSource("layoutsAndSeeds")
    void streamIsTranslatedIntoTheLayoutOfThePageServer(
            RecordLayout from, RecordLayout to, long seed) {
        Random random = new Random(seed);
        PageStreamTranslator translator = translator(from, to);
        ByteBuf expected = Unpooled.buffer();
        ByteBuf translated = Unpooled.buffer();
        for (int image = 1; image <= 3; image++) {
            PageRecord open = PageRecord.of(PageCommand.OPEN2, new ImageId(Kind.PROCESS, image));
            to.write(open, expected);
            take(translator, record(from, open), translated);
            translator.answered();
            for (ByteBuf piece :
                    runs(new ImageId(Kind.PROCESS, image), random, from, to, expected)) {
                take(translator, piece, translated);
            }
        }
        PageRecord end = PageRecord.end(PageCommand.FORCE_CLOSE);
        take(translator, record(from, end), translated);
        assertThat(ByteBufUtil.hexDump(translated)).isEqualTo(ByteBufUtil.hexDump(expected));

        assertThat(translator.ended()).isTrue();
        ByteBuf close = translator.close(ALLOCATOR);
        assertThat(close).isEqualTo(record(to, end));
        close.release();
        assertThat(ledger.images()).hasSize(3);
        assertThat(ALLOCATOR.metric().usedDirectMemory()).isZero();
    }

    private static void take(PageStreamTranslator translator, ByteBuf piece, ByteBuf translated) {
        ByteBuf out = translator.take(piece, ALLOCATOR);
        translated.writeBytes(out);
        out.release();
        assertThat(piece.refCnt()).isZero();
    }

    /** Runs in both layouts with the same pages, split anywhere except within a record. */
    private static List<ByteBuf> runs(
            ImageId image, Random random, RecordLayout from, RecordLayout to, ByteBuf expected) {
        List<ByteBuf> pieces = new ArrayList<>();
        pieces.add(Unpooled.buffer());
        long vaddr = 0;
        for (int i = 0; i < 20; i++) {
            int flags = random.nextBoolean() ? PageFlags.PRESENT : PageFlags.PARENT;
            long nrPages = 1L + random.nextInt(4);
            PageRecord run = PageRecord.pages(image, flags, vaddr, nrPages);
            vaddr += nrPages * PAGE;
            from.write(run, pieces.get(pieces.size() - 1));
            to.write(run, expected);
            if (run.hasPayload()) {
                byte[] content = new byte[(int) nrPages * PAGE];
                random.nextBytes(content);
                expected.writeBytes(content);
                int cut = random.nextInt(content.length);
                pieces.get(pieces.size() - 1).writeBytes(content, 0, cut);
                pieces.add(Unpooled.buffer().writeBytes(content, cut, content.length - cut));
            }
        }
        return pieces;
    }

    private void assertRefused(PageStreamTranslator translator, ByteBuf in, String part) {
        assertThatThrownBy(() -> translator.take(in, ALLOCATOR)).hasMessageContaining(part);
        assertThat(in.refCnt()).isZero();
        assertThat(ALLOCATOR.metric().usedDirectMemory()).isZero();
    }

    @ParameterizedTest
    @MethodSource("layouts")
    void onlyCloseIsHeldBack(RecordLayout from, RecordLayout to) {
        PageStreamTranslator translator = translator(from, to);
        openImage(translator, from);
        ByteBuf in = record(from, PageRecord.pages(IMAGE, PageFlags.PRESENT, 0, 1));
        in.writeZero(PAGE);
        from.write(PageRecord.end(PageCommand.CLOSE), in);
        ByteBuf out = translator.take(in, ALLOCATOR);
        assertThat(out.readableBytes()).isEqualTo(to.bytes() + PAGE);
        out.release();
        assertThat(translator.totals().streamBytes()).isEqualTo(3L * from.bytes() + PAGE);
        assertRefused(translator, Unpooled.wrappedBuffer(new byte[1]), "nothing after CLOSE");
    }

    static Stream<Arguments> layouts() {
        return Stream.of(RecordLayout.values())
                .flatMap(
                        from -> Stream.of(RecordLayout.values()).map(to -> Arguments.of(from, to)));
    }

    @ParameterizedTest
    @MethodSource("layouts")
    void truncatedRecordIsRefused(RecordLayout from, RecordLayout to) {
        PageStreamTranslator translator = translator(from, to);
        openImage(translator, from);
        ByteBuf in = record(from, PageRecord.end(PageCommand.CLOSE));
        assertRefused(
                translator,
                in.writerIndex(from.bytes() - 1),
                from.bytes() - 1 + " bytes into a record");
    }

    @ParameterizedTest
    @MethodSource("layouts")
    void openingAnImageTwiceIsRefused(RecordLayout from, RecordLayout to) {
        PageStreamTranslator translator = translator(from, to);
        openImage(translator, from);
        assertThat(translator.awaitingAnswerTo()).isNull();
        assertRefused(translator, record(from, PageRecord.of(PageCommand.OPEN2, IMAGE)), "twice");
    }

    @Test
    void runTooLongForTheLayoutOfThePageServerIsRefused() {
        PageStreamTranslator translator = translator(RecordLayout.BYTES_32, RecordLayout.BYTES_24);
        openImage(translator, RecordLayout.BYTES_32);
        PageRecord run = PageRecord.pages(IMAGE, PageFlags.PARENT, 0, 1L << 32);
        assertRefused(translator, record(RecordLayout.BYTES_32, run), "does not fit");
    }
}
