package io.pageproxy.frame;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.ReferenceCountUtil;
import io.pageproxy.frame.Frame.Abort;
import io.pageproxy.frame.Frame.Hello;
import io.pageproxy.frame.Frame.Keepalive;
import io.pageproxy.frame.Frame.Open;
import io.pageproxy.pagestream.RecordLayout;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.HostFacts;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Invalid frames of a hostile or faulty peer are refused before anything is allocated for them. */
class FrameRefusalTest {
    private static final int HELLO = 1;
    private static final int ACCEPT = 2;
    private static final int OPEN = 3;
    private static final int BLOCK = 4;
    private static final int ANSWER = 5;
    private static final int RESULT = 8;
    private static final int ABORT = 10;
    private static final int JOIN = 13;
    private static final int JOINED = 14;
    private static final int FORESEE = 29;
    private static final int FORESEEN = 30;

    private final CountedAllocations allocator = new CountedAllocations();
    private EmbeddedChannel channel = newChannel();

    private EmbeddedChannel newChannel() {
        EmbeddedChannel made = new EmbeddedChannel();
        made.config().setAllocator(allocator);
        made.pipeline().addLast(new FrameDecoder());
        return made;
    }

    @AfterEach
    void assertNothingLeaks() {
        channel.finishAndReleaseAll();
        assertThat(allocator.heldBytes()).isZero();
    }

    private static ByteBuf header(int type, int lengthBytes) {
        return Unpooled.buffer().writeByte(type).writeByte(0).writeShort(0).writeInt(lengthBytes);
    }

    private static ByteBuf control(int type, ByteBuf fields) {
        return header(type, fields.readableBytes()).writeBytes(fields);
    }

    private static ByteBuf number(ByteBuf out, int tag, long value) {
        return out.writeByte(tag).writeShort(Long.BYTES).writeLong(value);
    }

    private static ByteBuf text(ByteBuf out, int tag, String value) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        return out.writeByte(tag).writeShort(bytes.length).writeBytes(bytes);
    }

    private void assertRefused(ByteBuf bytes, String... parts) {
        assertThatThrownBy(() -> channel.writeInbound(bytes))
                .isInstanceOf(FrameException.class)
                .hasMessageContainingAll(parts);
        assertThat(bytes.refCnt()).isZero();
    }

    private void assertRefusedWithoutAllocation(ByteBuf bytes, String... parts) {
        assertRefused(bytes, parts);
        assertThat(allocator.count()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 15, 18, 35, 127, 128, 255})
    void unknownTypeIsRefused(int type) {
        assertRefusedWithoutAllocation(header(type, 0), "type " + type);
    }

    @Test
    void codecIsRefusedOutsideBlocks() {
        assertRefusedWithoutAllocation(
                header(OPEN, 0).setByte(1, 1), "codec, which only a block has");
    }

    @Test
    void referencesAreRefusedOutsideBlocks() {
        assertRefusedWithoutAllocation(
                header(OPEN, 0).setShort(2, 1), "references, which only a block has");
    }

    @ParameterizedTest
    @CsvSource({"1, 16385", "9, 2147483647", "10, -1", "6, -2147483648"})
    void controlFrameOverMaximumLengthIsRefused(int type, int lengthBytes) {
        assertRefusedWithoutAllocation(
                header(type, lengthBytes), "0 to 16384", Integer.toUnsignedString(lengthBytes));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 15, 16, 16 + (1 << 20) + 1, Integer.MAX_VALUE, -1})
    void blockWithLengthOutOfRangeIsRefused(int lengthBytes) {
        assertRefusedWithoutAllocation(
                header(BLOCK, lengthBytes),
                "BLOCK of 17 to 1048592",
                Integer.toUnsignedString(lengthBytes));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 9, (1 << 20) + 1, Integer.MAX_VALUE, -1})
    void blockWithRawLengthOutOfRangeIsRefused(int rawBytes) {
        ByteBuf block = header(BLOCK, 16 + 10).writeLong(0).writeInt(rawBytes).writeInt(0);
        assertRefusedWithoutAllocation(block, "10 to 1048576", Integer.toUnsignedString(rawBytes));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1})
    void blockOfOnlyReferencesWithoutRawLengthIsRefused(int rawBytes) {
        ByteBuf block = Unpooled.buffer().writeByte(BLOCK).writeByte(0).writeShort(1);
        block.writeInt(16 + 16).writeLong(0).writeInt(rawBytes).writeInt(0);
        assertRefusedWithoutAllocation(block, "1 to 1048576", Integer.toUnsignedString(rawBytes));
    }

    @Test
    void duplicateFieldIsRefused() {
        ByteBuf fields = number(number(Unpooled.buffer(), 1, 24), 1, 32);
        assertRefused(control(OPEN, fields), "field 1 came twice");
    }

    @Test
    void truncatedFieldIsRefusedAtEveryByte() {
        ByteBuf fields = number(Unpooled.buffer(), 1, 24);
        for (int bytes = 1; bytes < fields.readableBytes(); bytes++) {
            assertRefused(
                    control(OPEN, fields.slice(0, bytes)), bytes < 3 ? "cut short" : "claims 8");
            channel.finishAndReleaseAll();
            channel = newChannel();
        }
    }

    @Test
    void unknownFieldIsIgnored() {
        ByteBuf fields = text(number(Unpooled.buffer(), 1, 24), 200, "of a later version");
        channel.writeInbound(control(OPEN, fields));
        assertThat((Frame) channel.readInbound()).isEqualTo(new Open(RecordLayout.BYTES_24));
    }

    @Test
    void missingOrMalformedFieldIsNamed() {
        assertRefused(header(OPEN, 0), "record layout", "nothing");
        channel = newChannel();
        assertRefused(control(OPEN, text(Unpooled.buffer(), 1, "abc")), "record layout", "3 bytes");
        channel = newChannel();
        assertRefused(control(ABORT, Unpooled.buffer()), "reason");
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 28, 33, Long.MIN_VALUE, (1L << 32) + 24})
    void unknownLayoutIsRefused(long bytes) {
        assertRefused(control(OPEN, number(Unpooled.buffer(), 1, bytes)), "24 or 32", "" + bytes);
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "5, 0", "4, 2147483648", "4, -2147483649", "4294967297, 0"})
    void answerOutOfRangeIsRefused(long bytes, long value) {
        assertRefused(
                control(ANSWER, number(number(Unpooled.buffer(), 1, bytes), 2, value)), "answer");
    }

    @ParameterizedTest
    @CsvSource({"4095, 1", "131072, 1", "5000, 1", "4096, 0", "4096, 86400001", "4096, -1"})
    void helloOutOfRangeIsRefused(long pageSizeBytes, long peerTimeoutMillis) {
        ByteBuf fields = text(text(Unpooled.buffer(), 1, "agent"), 2, "x86_64");
        number(number(fields, 3, pageSizeBytes), 6, peerTimeoutMillis);
        assertRefused(control(HELLO, fields), "expected");
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, 17, Long.MAX_VALUE})
    void helloWithLaneCountOutOfRangeIsRefused(long lanes) {
        ByteBuf fields = text(text(Unpooled.buffer(), 1, "agent"), 2, "x86_64");
        number(number(number(fields, 3, 4096), 6, 1), 7, lanes);
        assertRefused(control(HELLO, fields), "lanes from 1 to 16", "" + lanes);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, -1, 17})
    void acceptWithLaneCountOutOfRangeIsRefused(long lanes) {
        ByteBuf fields = text(text(Unpooled.buffer(), 1, "agent"), 2, "4.2");
        number(text(number(fields, 3, 24), 4, "/srv"), 5, 1);
        assertRefused(control(ACCEPT, number(fields, 6, lanes)), "lanes from 2 to 16", "" + lanes);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, 16, 1L << 32 | 1})
    void laneNumberOutOfRangeIsRefused(long lane) {
        ByteBuf fields = text(Unpooled.buffer(), 1, "0".repeat(64));
        assertRefused(control(JOIN, number(fields, 2, lane)), "lane from 1 to 15", "" + lane);
        channel = newChannel();
        assertRefused(control(JOINED, number(Unpooled.buffer(), 1, lane)), "lane from 1 to 15");
    }

    /** The message does not contain the text, which may be most of a token. */
    @ParameterizedTest
    @ValueSource(strings = {"", "abc", "0123456789ABCDEF"})
    void malformedTokenIsRefused(String token) {
        ByteBuf fields = number(text(Unpooled.buffer(), 1, token.repeat(4)), 2, 1);
        assertRefused(control(JOIN, fields), "token of 64 hex digits");
    }

    @ParameterizedTest
    @CsvSource({"256, 0, 0, 0", "-1, 0, 0, 0", "0, -1, 0, 0", "0, 0, -1, 0", "0, 0, 0, -1"})
    void resultOutOfRangeIsRefused(long exit, long images, long pages, long micros) {
        ByteBuf fields = number(number(Unpooled.buffer(), 1, exit), 2, images);
        number(number(fields, 3, pages), 4, micros);
        assertRefused(control(RESULT, fields), "expected");
    }

    @ParameterizedTest
    @ValueSource(strings = {"completed", "pages_complete", "stopped_idle", "probed"})
    void abortWithSuccessReasonIsProtocolError(String label) {
        ByteBuf fields = text(text(Unpooled.buffer(), 1, label), 2, "all is well");
        assertRefused(control(ABORT, fields), "reason", label);
    }

    @ParameterizedTest
    @CsvSource({
        "0, '', ''",
        "-1, '', ''",
        "1 2x, '', ''",
        "1, tcp:8080, ''",
        "1, sctp:127.0.0.1:80, ''",
        "1, tcp:host.example:80, ''",
        "1, '', 5 relative",
        "1, '', five /path",
        "1, '', '5 /p\u00e4th'"
    })
    void needThatIsNoneIsRefused(String pids, String ports, String file) {
        ByteBuf fields = text(Unpooled.buffer(), 1, "agent");
        number(number(number(fields, 3, 1), 4, 1), 22, 0);
        number(text(fields, 20, "x86_64"), 21, 4096);
        text(text(text(fields, 23, pids), 24, ports), 26, file);
        assertRefused(control(FORESEE, fields), "expected");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/srv", "1 srv", "-1 /srv", "x"})
    void copyThatIsNoneIsRefused(String copy) {
        ByteBuf fields = text(Unpooled.buffer(), 1, "agent");
        number(number(number(fields, 3, 1), 4, 1), 22, 0);
        number(text(fields, 20, "x86_64"), 21, 4096);
        assertRefused(control(FORESEE, text(fields, 29, copy)), "length and path of a folder");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "ok", "ok|pids", "OK|pids|free"})
    void remarkThatIsNoneIsRefused(String remark) {
        assertRefused(control(FORESEEN, text(Unpooled.buffer(), 1, remark)), "expected");
    }

    @Test
    void unknownAbortReasonIsFailure() {
        ByteBuf fields = text(text(Unpooled.buffer(), 1, "sunspots"), 2, "flare");
        channel.writeInbound(control(ABORT, fields));
        assertThat((Frame) channel.readInbound())
                .isEqualTo(new Abort(CloseReason.TUNNEL_PROTOCOL, "flare", Optional.empty()));
    }

    @Test
    void textsAreSanitised() {
        String hostile = "a\u001b[2J\u009b2J\u202eb\r\nc\u2028d";
        HostFacts host = new HostFacts("x86_64", 4096);
        Hello hello = new Hello(hostile, host, Optional.of(hostile), Optional.of(hostile), 1, 1, 0);
        Hello came = roundTrip(hello);
        String shown = "a?[2J?2J?b  c d";
        assertThat(came.agent()).isEqualTo(shown);
        assertThat(came.session()).contains(shown);
        assertThat(came.parent()).contains(shown);

        Abort abort =
                roundTrip(new Abort(CloseReason.NO_SPACE, hostile, Optional.of("x\u001by\nz")));
        assertThat(abort.message()).isEqualTo(shown);
        assertThat(abort.detail()).contains("x?y\nz");
    }

    @SuppressWarnings("unchecked")
    private <F extends Frame> F roundTrip(F frame) {
        channel.writeInbound(Frames.encode(frame));
        return (F) channel.readInbound();
    }

    @Test
    void nothingIsDecodedAfterRefusal() {
        assertRefused(header(99, 0).writeBytes(Frames.encode(new Keepalive())), "type 99");
        channel.writeInbound(Frames.encode(new Keepalive()));
        assertThat(channel.inboundMessages()).isEmpty();
    }

    @Test
    void incompleteFrameIsReleasedWithChannel() {
        ByteBuf lz4 = header(BLOCK, 16 + 1000).setByte(1, 1);
        channel.writeInbound(lz4.writeLong(0).writeInt(1000).writeInt(0).writeByte(7));
        assertThat(allocator.heldBytes()).isEqualTo(1000);
        channel.finish();
        assertThat(allocator.heldBytes()).isZero();
    }

    @Test
    void mutatedFramesLeakNothing() {
        Random random = new Random(2024);
        for (int round = 0; round < 4000; round++) {
            Frame frame = Frames.CONTROL.get(random.nextInt(Frames.CONTROL.size()));
            ByteBuf bytes = Frames.encode(frame);
            for (int flips = random.nextInt(4); flips >= 0; flips--) {
                bytes.setByte(random.nextInt(bytes.readableBytes()), random.nextInt(256));
            }
            assertNoLeak(bytes);
        }
    }

    @Test
    void garbageLeaksNothing() {
        Random random = new Random(4711);
        for (int round = 0; round < 4000; round++) {
            byte[] garbage = new byte[1 + random.nextInt(200)];
            random.nextBytes(garbage);
            garbage[0] = (byte) random.nextInt(12);
            if (random.nextBoolean() && garbage.length > 6) {
                garbage[2] = garbage[3] = garbage[4] = garbage[5] = 0;
            }
            assertNoLeak(Unpooled.wrappedBuffer(garbage));
        }
    }

    private void assertNoLeak(ByteBuf bytes) {
        EmbeddedChannel victim = newChannel();
        try {
            victim.writeInbound(bytes);
        } catch (FrameException refused) {
            assertThat(refused.getMessage()).isNotBlank();
        }
        for (Object frame; (frame = victim.readInbound()) != null; ) {
            Frames.release(frame);
            ReferenceCountUtil.release(frame);
        }
        victim.finishAndReleaseAll();
        assertThat(bytes.refCnt()).isZero();
        assertThat(allocator.heldBytes()).isZero();
    }
}
