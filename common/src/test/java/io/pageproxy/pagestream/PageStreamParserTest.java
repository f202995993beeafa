package io.pageproxy.pagestream;

import static io.pageproxy.pagestream.PageFlags.LAZY;
import static io.pageproxy.pagestream.PageFlags.PARENT;
import static io.pageproxy.pagestream.PageFlags.PRESENT;
import static io.pageproxy.pagestream.RecordLayout.BYTES_24;
import static io.pageproxy.pagestream.RecordLayout.BYTES_32;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pageproxy.pagestream.ImageId.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class PageStreamParserTest {
    private static final ImageId PROCESS = new ImageId(Kind.PROCESS, 7);
    private static final PageRecord OPEN = PageRecord.of(PageCommand.OPEN2, PROCESS);
    private static final long DST_ID = PROCESS.toDstId();

    private final PageStreamParser parser = new PageStreamParser(4096);
    private final Recorder events = new Recorder();

    private void parse(ByteBuf in) {
        parser.parse(in, events);
    }

    private void parse(PageRecord page) {
        ByteBuf record = Unpooled.buffer();
        (parser.layout() == null ? BYTES_32 : parser.layout()).write(page, record);
        parse(record);
    }

    private void open() {
        parse(OPEN);
        parser.answered();
    }

    private void assertRefused(PageRecord page, String... parts) {
        assertThatThrownBy(() -> parse(page))
                .isInstanceOf(PageStreamException.class)
                .hasMessageContainingAll(parts);
    }

    private static ByteBuf raw24(int firstWord, int nrPages, long vaddr, long dstId) {
        return Unpooled.buffer()
                .writeIntLE(firstWord)
                .writeIntLE(nrPages)
                .writeLongLE(vaddr)
                .writeLongLE(dstId);
    }

    @Test
    void recordOfCriu411Has24Bytes() {
        parse(raw24(4, 0, 0, 0x3a7001));
        assertThat(parser.layout()).isEqualTo(BYTES_24);
        assertThat(events.events())
                .containsExactly(
                        PageRecord.of(PageCommand.OPEN2, new ImageId(Kind.PROCESS, 0x3a70)) + "");
    }

    @Test
    void layoutOf32BytesIsDetectedDespiteGarbageInPadding() {
        ByteBuf record = Unpooled.buffer();
        BYTES_32.write(PageRecord.of(PageCommand.PARENT, PROCESS), record);
        record.setInt(4, 0xdeadbeef);
        parse(record);
        assertThat(parser.layout()).isEqualTo(BYTES_32);
        assertThat(parser.awaitingAnswerTo()).isEqualTo(PageCommand.PARENT);
    }

    @ParameterizedTest
    @EnumSource(RecordLayout.class)
    void layoutIsDetectedWithSmallestDstId(RecordLayout layout) {
        ImageId firstSegment = new ImageId(Kind.SHARED_MEMORY, 0);
        PageRecord open = PageRecord.of(PageCommand.OPEN2, firstSegment);
        PageRecord pages = PageRecord.pages(firstSegment, PARENT, 0, 1);
        for (PageRecord page : new PageRecord[] {open, pages}) {
            ByteBuf record = Unpooled.buffer();
            layout.write(page, record);
            parse(record);
            parser.answered();
        }
        assertThat(parser.layout()).isEqualTo(layout);
        assertThat(parser.totals().sharedMemories()).isEqualTo(1);
        assertThat(events.events()).containsExactly(open.toString(), pages.toString());
    }

    @ParameterizedTest
    @EnumSource(RecordLayout.class)
    void firstRecordMayArriveByteByByte(RecordLayout layout) {
        ByteBuf record = Unpooled.buffer();
        layout.write(OPEN, record);
        for (int bytes = 1; bytes < layout.bytes(); bytes++) {
            ByteBuf begun = record.slice(0, bytes);
            parse(begun);
            assertThat(begun.readableBytes()).isEqualTo(bytes);
            assertThat(events.events()).isEmpty();
        }
        parse(record);
        assertThat(parser.layout()).isEqualTo(layout);
        assertThat(events.events()).containsExactly(OPEN.toString());
    }

    @ParameterizedTest
    @EnumSource(RecordLayout.class)
    void closeBeforeFirstImageIsRefusedImmediatelyAsAFailedDump(RecordLayout layout) {
        ByteBuf record = Unpooled.buffer();
        layout.write(PageRecord.end(PageCommand.FORCE_CLOSE), record);
        assertThatThrownBy(() -> parse(record))
                .isInstanceOf(PageStreamException.class)
                .hasMessageContainingAll(
                        "byte 0", "OPEN2 or PARENT first", "FORCE_CLOSE of a dump that failed");
    }

    @Test
    void pagesBeforeFirstImageAreRefused() {
        assertThatThrownBy(() -> parse(PageRecord.pages(PROCESS, PRESENT, 0, 1)))
                .isInstanceOf(PageStreamException.class)
                .hasMessageContainingAll("OPEN2 or PARENT first", "ADD_F")
                .hasMessageNotContaining("dump that failed");
    }

    @ParameterizedTest
    @EnumSource(
            value = PageCommand.class,
            names = {"CLOSE", "FORCE_CLOSE"})
    void streamHasEndedOnlyAfterItsLastRecord(PageCommand last) {
        open();
        assertThat(parser.ended()).isFalse();
        parse(PageRecord.end(last));
        assertThat(parser.ended()).isTrue();
    }

    @Test
    void parserIsInsidePagesUntilTheLastByteOfTheirContent() {
        open();
        assertThat(parser.insidePages()).isFalse();
        parse(PageRecord.pages(PROCESS, PRESENT, 0, 1));
        assertThat(parser.insidePages()).isTrue();
        parse(Unpooled.buffer().writeZero(4095));
        assertThat(parser.insidePages()).isTrue();
        parse(Unpooled.buffer().writeZero(1));
        assertThat(parser.insidePages()).isFalse();
    }

    @Test
    void pagesAfterParentWithoutOpenAreRefused() {
        parse(PageRecord.of(PageCommand.PARENT, PROCESS));
        parser.answered();
        assertRefused(PageRecord.pages(PROCESS, PRESENT, 0, 1), "expected OPEN2 first", "byte 32");
    }

    @ParameterizedTest
    @CsvSource({"1, before 3.0", "2, before 3.0", "3, before 3.0", "7, lazy", "8, 0x8", "4131, 0"})
    void unsupportedCommandIsNamed(int code, String part) {
        parse(raw24(4, 0, 0, DST_ID));
        parser.answered();
        int other = code == 0x1023 ? 0x1022 : code;
        assertThatThrownBy(() -> parse(raw24(other, 0, 0, DST_ID)))
                .isInstanceOf(PageStreamException.class)
                .hasMessageContainingAll("byte 24", "command 0x", part);
    }

    @Test
    void openWithPagesAddressOrFlagsIsRefused() {
        assertRefused(
                new PageRecord(PageCommand.OPEN2, 1, 0, 0, DST_ID),
                "OPEN2 with nr_pages",
                "0, 0x0, 1");
        assertThatThrownBy(() -> new PageStreamParser(4096).parse(raw24(4, 9, 0, DST_ID), events))
                .hasMessageContaining("9, 0x0, 0");
        PageStreamParser known = new PageStreamParser(4096, BYTES_24);
        assertThatThrownBy(() -> known.parse(raw24(4, 0, 4096, DST_ID), events))
                .hasMessageContaining("0, 0x1000, 0");
    }

    @ParameterizedTest
    @ValueSource(longs = {0x703, 0x701_00L | 99, 1, 10})
    void imageOfUnknownTypeIsRefused(long dstId) {
        assertRefused(
                new PageRecord(PageCommand.OPEN2, 0, 0, 0, dstId),
                "dst_id 0x" + Long.toHexString(dstId));
    }

    @Test
    void pagesOfImageThatIsNotOpenAreRefused() {
        open();
        ImageId other = new ImageId(Kind.PROCESS, 8);
        assertRefused(
                PageRecord.pages(other, PARENT, 0, 1), "dst_id 0x701", "dst_id 0x801", "byte 32");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 8, 12, 0xffff})
    void unknownFlagsAreRefused(int flags) {
        open();
        assertRefused(PageRecord.pages(PROCESS, flags, 0, 1), "flags " + flags);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, Long.MIN_VALUE, Long.MAX_VALUE, PageRecord.MAX_NR_PAGES + 1})
    void pageCountOutOfRangeIsRefused(long nrPages) {
        open();
        ByteBuf record = Unpooled.buffer();
        record.writeIntLE(6 | PARENT << 16).writeIntLE(0).writeLongLE(nrPages);
        record.writeLongLE(0).writeLongLE(DST_ID);
        assertThatThrownBy(() -> parse(record))
                .isInstanceOf(PageStreamException.class)
                .hasMessageContaining(Long.toUnsignedString(nrPages) + " pages");
    }

    @ParameterizedTest
    @ValueSource(ints = {4096, 16384, 65536})
    void longestRangeIsCountedCorrectly(int pageSizeBytes) {
        PageStreamParser longest = new PageStreamParser(pageSizeBytes);
        ByteBuf record = Unpooled.buffer();
        BYTES_32.write(OPEN, record);
        longest.parse(record, events);
        longest.answered();
        BYTES_32.write(PageRecord.pages(PROCESS, PRESENT, 0, PageRecord.MAX_NR_PAGES), record);
        record.writeBytes(new byte[64]);
        longest.parse(record, events);
        assertThat(longest.totals().records()).isEqualTo(2);
        assertThat(longest.totals().streamBytes()).isEqualTo(2 * 32 + 64);
    }

    @Test
    void unalignedAddressIsRefused() {
        open();
        assertRefused(PageRecord.pages(PROCESS, PRESENT, 4097, 1), "page size 4096", "0x1001");
    }

    @Test
    void rangeBeyondAddressSpaceIsRefused() {
        open();
        parse(PageRecord.pages(PROCESS, PARENT, -4096, 1));
        assertRefused(
                PageRecord.pages(PROCESS, PARENT, -4096, 2), "inside the address space", "byte 64");
    }

    @ParameterizedTest
    @EnumSource(
            value = PageCommand.class,
            names = {"OPEN2", "PARENT"})
    void bytesBeforeReplyAreRefused(PageCommand command) {
        parse(PageRecord.of(command, PROCESS));
        assertRefused(
                OPEN, "nothing before " + command + " is answered", "32 more bytes", "byte 32");
        parser.answered();
        parse(OPEN);
    }

    @ParameterizedTest
    @EnumSource(
            value = PageCommand.class,
            names = {"CLOSE", "FORCE_CLOSE"})
    void bytesAfterEndAreRefused(PageCommand command) {
        open();
        parse(PageRecord.end(command));
        assertThat(parser.ended()).isTrue();
        parser.answered();
        assertThatThrownBy(() -> parse(Unpooled.buffer().writeByte(0)))
                .isInstanceOf(PageStreamException.class)
                .hasMessageContainingAll("nothing after CLOSE", "1 more bytes", "byte 64");
    }

    @Test
    void onlyPresentPagesHaveContent() {
        open();
        parse(PageRecord.pages(PROCESS, LAZY, 0, 3));
        parse(PageRecord.pages(PROCESS, PARENT, 4096 * 3, 5));
        parse(PageRecord.pages(PROCESS, PRESENT | LAZY, 0, 1));
        parse(Unpooled.wrappedBuffer(new byte[4096]));
        parse(PageRecord.end(PageCommand.CLOSE));
        assertThat(parser.totals()).isEqualTo(new StreamTotals(5 * 32 + 4096, 5, 1, 0, 1, 5));
    }

    @Test
    void pageSizeMustBeAPowerOfTwo() {
        assertThatThrownBy(() -> new PageStreamParser(5000)).hasMessageContaining("5000");
    }
}
