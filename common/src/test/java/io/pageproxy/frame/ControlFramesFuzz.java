package io.pageproxy.frame;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Feeds arbitrary fields of HELLO and the other control frames. */
class ControlFramesFuzz {
    /**
     * Payloads up to this length survive re-encoding: invalid UTF-8 grows to three bytes per
     * character, and longer texts are truncated.
     */
    private static final int ALWAYS_WHOLE_BYTES = 1 << 10;

    static Stream<Arguments> seeds() {
        return Frames.CONTROL.stream().map(frame -> Arguments.of((Object) typeAndPayload(frame)));
    }

    private static byte[] typeAndPayload(Frame frame) {
        ByteBuf out = Unpooled.buffer().writeByte(ControlFrames.typeOf(frame).code());
        ControlFrames.toFields(frame).write(out);
        byte[] bytes = new byte[out.readableBytes()];
        out.readBytes(bytes);
        return bytes;
    }

    @MethodSource("seeds")
    @FuzzTest
    void acceptedFrameRoundTrips(byte[] typeAndPayload) {
        if (typeAndPayload.length == 0) {
            return;
        }
        FrameType type = FrameType.ofCode(typeAndPayload[0] & 0xff);
        if (type == null || type == FrameType.BLOCK) {
            return;
        }
        Frame accepted;
        try {
            accepted = read(type, typeAndPayload);
        } catch (FrameException refused) {
            return;
        }
        assertThat(ControlFrames.typeOf(accepted)).isEqualTo(type);
        assertThat(accepted.toString()).doesNotContainPattern("[\\p{Cc}&&[^\n]]");
        Frame again = read(type, typeAndPayload(accepted));
        if (typeAndPayload.length > ALWAYS_WHOLE_BYTES) {
            assertThat(read(type, typeAndPayload(again))).isEqualTo(again);
        } else {
            assertThat(again).isEqualTo(accepted);
        }
    }

    private static Frame read(FrameType type, byte[] typeAndPayload) {
        ByteBuf payload = Unpooled.wrappedBuffer(typeAndPayload, 1, typeAndPayload.length - 1);
        return ControlFrames.fromFields(type, Fields.read(payload));
    }
}
