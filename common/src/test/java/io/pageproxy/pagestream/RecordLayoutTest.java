package io.pageproxy.pagestream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.pageproxy.pagestream.ImageId.Kind;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RecordLayoutTest {
    private static final long U32_MAX = 0xffff_ffffL;

    @ParameterizedTest
    @EnumSource(RecordLayout.class)
    void recordRoundTrips(RecordLayout layout) {
        Random random = new Random(1);
        for (PageCommand command : PageCommand.values()) {
            for (int i = 0; i < 100; i++) {
                PageRecord page =
                        new PageRecord(
                                command,
                                random.nextInt(1 << 16),
                                random.nextLong() & U32_MAX,
                                random.nextLong(),
                                random.nextLong());
                ByteBuf out = Unpooled.buffer();
                layout.write(page, out);
                assertThat(out.readableBytes()).isEqualTo(layout.bytes());
                assertThat(RecordLayout.commandCode(out, 0)).isEqualTo(command.code());
                assertThat(PageCommand.ofCode(command.code())).isEqualTo(command);
                assertThat(layout.get(out, 0, command)).isEqualTo(page);
            }
        }
    }

    @Test
    void fieldOffsetsMatchCriu() {
        PageRecord page =
                PageRecord.pages(new ImageId(Kind.PROCESS, 0x3a70), 4, 0x7f1234567000L, 0x0a0b);
        ByteBuf old = Unpooled.buffer();
        RecordLayout.BYTES_24.write(page, old);
        assertThat(ByteBufUtil.hexDump(old))
                .isEqualTo("06000400" + "0b0a0000" + "00705634127f0000" + "01703a0000000000");
        ByteBuf today = Unpooled.buffer();
        RecordLayout.BYTES_32.write(page, today);
        assertThat(ByteBufUtil.hexDump(today))
                .isEqualTo(
                        "06000400"
                                + "00000000"
                                + "0b0a000000000000"
                                + "00705634127f0000"
                                + "01703a0000000000");
    }

    @Test
    void pageCountBeyondOldLayoutIsRejected() {
        ImageId image = new ImageId(Kind.PROCESS, 1);
        ByteBuf out = Unpooled.buffer();
        RecordLayout.BYTES_24.write(PageRecord.pages(image, 4, 0, U32_MAX), out);
        assertThatThrownBy(
                        () ->
                                RecordLayout.BYTES_24.write(
                                        PageRecord.pages(image, 4, 0, U32_MAX + 1), out))
                .isInstanceOf(PageStreamException.class)
                .hasMessageContainingAll("4294967296 pages", "24 bytes");
        assertThat(out.readableBytes()).isEqualTo(24);
    }

    @Test
    void unknownRecordLengthIsRejected() {
        assertThat(RecordLayout.ofBytes(24)).isEqualTo(RecordLayout.BYTES_24);
        assertThat(RecordLayout.ofBytes(32)).isEqualTo(RecordLayout.BYTES_32);
        assertThatThrownBy(() -> RecordLayout.ofBytes(28)).hasMessageContaining("28");
    }
}
