package io.pageproxy.source.dumper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.pageproxy.dedup.PageRuns;
import io.pageproxy.frame.Frame.Answer;
import io.pageproxy.pagestream.ImageId;
import io.pageproxy.pagestream.ImageId.Kind;
import io.pageproxy.pagestream.PageCommand;
import io.pageproxy.pagestream.PageFlags;
import io.pageproxy.pagestream.PageRecord;
import io.pageproxy.pagestream.PageStreamListener;
import io.pageproxy.pagestream.PageStreamParser;
import io.pageproxy.pagestream.RecordLayout;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class DumperHandlerTest implements DumperListener {
    private static final ImageId IMAGE = new ImageId(Kind.PROCESS, 1);
    private static final PageRecord OPEN = PageRecord.of(PageCommand.OPEN2, IMAGE);

    private final List<String> told = new ArrayList<>();
    private final List<byte[]> blocks = new ArrayList<>();
    private Dumper dumper;
    private final ScriptedDumper script = new ScriptedDumper(this, this::admit);

    private boolean admit(Dumper made) {
        dumper = made;
        return true;
    }

    @AfterEach
    void tidyUp() {
        script.tidyUp();
    }

    @Override
    public void onStreamOpen(RecordLayout layout) {
        told.add("open " + layout);
    }

    @Override
    public void onBlock(ByteBuf block, PageRuns runs) {
        told.add("block");
        assertThat(block.refCnt()).isOne();
        blocks.add(ByteBufUtil.getBytes(block));
        block.release();
    }

    @Override
    public void onStreamEnd() {
        told.add("end");
    }

    @Override
    public void onDumpFailed() {
        told.add("dump failed");
    }

    @Override
    public void onDumperBroke(String message) {
        told.add("broke: " + message);
    }

    @Override
    public void onDumperGone() {
        told.add("gone");
    }

    private static PageRecord run(int pages) {
        return PageRecord.pages(IMAGE, PageFlags.PRESENT, 0, pages);
    }

    private void opened() {
        script.says(OPEN);
        dumper.answer(new Answer(1, 0));
        told.clear();
        blocks.clear();
    }

    @Test
    void blockIsSentWhenTheDumperPauses() {
        ByteBuf record = Unpooled.buffer();
        RecordLayout.BYTES_32.write(OPEN, record);
        script.sends(record);
        assertThat(told).isEmpty();
        script.pauses();
        assertThat(told).containsExactly("open BYTES_32", "block");
    }

    @Test
    void observerSeesTheStreamToo() {
        opened();
        script.says(run(1));
        script.sends(Unpooled.wrappedBuffer(new byte[ScriptedDumper.PAGE_SIZE_BYTES]));
        script.pauses();
        assertThat(script.observed()).isEqualTo("[OPEN2, ADD_F], 4096");
    }

    @Test
    void partialRecordStaysForTheNextBlock() {
        opened();
        ByteBuf record = Unpooled.buffer();
        RecordLayout.BYTES_32.write(run(1), record);
        script.sends(record.readSlice(20));
        script.pauses();
        assertThat(told).isEmpty();
        script.sends(record);
        script.pauses();
        assertThat(told).containsExactly("block");
        assertThat(blocks.get(0)).hasSize(32);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void blocksHoldCompleteRecordsAndTheWholeStream(long seed) {
        Random random = new Random(seed);
        opened();
        ByteBuf stream = Unpooled.buffer();
        for (int i = 0; i < 60; i++) {
            int pages = 1 + random.nextInt(30);
            RecordLayout.BYTES_32.write(run(pages), stream);
            byte[] content = new byte[pages * ScriptedDumper.PAGE_SIZE_BYTES];
            random.nextBytes(content);
            stream.writeBytes(content);
        }
        RecordLayout.BYTES_32.write(PageRecord.end(PageCommand.CLOSE), stream);
        byte[] whole = ByteBufUtil.getBytes(stream);
        while (stream.isReadable()) {
            script.sends(
                    stream.readSlice(Math.min(1 + random.nextInt(50_000), stream.readableBytes())));
            if (random.nextInt(3) == 0) {
                script.pauses();
            }
        }
        script.pauses();
        assertThat(told).endsWith("block", "end");
        assertBlocksHoldWholeRecords();
        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        blocks.forEach(joined::writeBytes);
        assertThat(joined.toByteArray()).isEqualTo(whole);
    }

    private void assertBlocksHoldWholeRecords() {
        PageStreamParser parser =
                new PageStreamParser(ScriptedDumper.PAGE_SIZE_BYTES, RecordLayout.BYTES_32);
        ByteBuf open = Unpooled.buffer();
        RecordLayout.BYTES_32.write(OPEN, open);
        parser.parse(open, new Deaf());
        parser.answered();
        for (byte[] block : blocks) {
            ByteBuf in = Unpooled.wrappedBuffer(block);
            parser.parse(in, new Deaf());
            assertThat(in.isReadable()).isFalse();
        }
        assertThat(parser.ended()).isTrue();
    }

    private static final class Deaf implements PageStreamListener {
        @Override
        public void onRecord(PageRecord page) {}

        @Override
        public void onPages(ByteBuf in, int index, int lengthBytes) {}
    }

    @Test
    void endIsReportedAfterItsBlock() {
        opened();
        script.says(PageRecord.end(PageCommand.FORCE_CLOSE));
        assertThat(told).containsExactly("block", "end");
    }

    @Test
    void protocolErrorIsReportedOnceAndEndsReading() {
        opened();
        script.says(PageRecord.pages(IMAGE, 0, 0, 1));
        assertThat(told).singleElement().asString().contains("broke: ", "flags 0");
        script.says(OPEN);
        script.leaves();
        assertThat(told).hasSize(1);
    }

    @Test
    void closeBeforeTheFirstImageIsAFailedDump() {
        script.says(PageRecord.end(PageCommand.FORCE_CLOSE));
        assertThat(told).containsExactly("dump failed");
    }

    @Test
    void endOfTheSocketIsReported() {
        script.leaves();
        assertThat(told).containsExactly("gone");
    }

    @Test
    void answersHaveTheExpectedLength() {
        script.says(OPEN);
        dumper.answer(new Answer(1, 1));
        assertThat(script.heard()).isEqualTo("01");
        script.says(PageRecord.of(PageCommand.PARENT, IMAGE));
        dumper.answer(new Answer(4, 0x01020304));
        assertThat(script.heard()).isEqualTo("04030201");
    }

    private void refusesToAnswer(Answer answer, String part) {
        assertThatThrownBy(() -> dumper.answer(answer))
                .isInstanceOfSatisfying(
                        SessionException.class,
                        e -> assertThat(e.reason()).isEqualTo(CloseReason.TUNNEL_PROTOCOL))
                .hasMessageContaining(part);
        assertThat(script.heard()).isEmpty();
    }

    @Test
    void unexpectedAnswerIsNotForwarded() {
        refusesToAnswer(new Answer(1, 0), "none");
        script.says(OPEN);
        refusesToAnswer(new Answer(4, 0), "OPEN2");
        dumper.answer(new Answer(1, 0));
        script.heard();
        refusesToAnswer(new Answer(1, 0), "none");
    }

    @ParameterizedTest
    @EnumSource(
            value = PageCommand.class,
            names = {"CLOSE", "FORCE_CLOSE"})
    void pageServerAnswerNeverReplacesTheFinalStatus(PageCommand end) {
        opened();
        script.heard();
        script.says(PageRecord.end(end));
        refusesToAnswer(new Answer(4, 0), end.toString());
        dumper.fail();
        assertThat(script.heard()).isEqualTo("ffffffff");
        assertThat(script.isConnected()).isFalse();
    }

    @Test
    void dumperThatDoesNotAwaitAStatusIsReset() {
        script.says(OPEN);
        dumper.fail();
        assertThat(script.heard()).isEmpty();
        assertThat(script.isConnected()).isFalse();
    }

    @Test
    void goodStatusIsFourZeroBytes() {
        opened();
        script.heard();
        script.says(PageRecord.end(PageCommand.CLOSE));
        assertThat(dumper.tellGood().isSuccess()).isTrue();
        assertThat(script.heard()).isEqualTo("00000000");
    }
}
