package io.pageproxy.pagestream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Requests that a lazy-pages daemon may send. */
class LazyRequestsTest {
    private static final int PAGE = 4096;
    private static final PageRequest ONE = new PageRequest(1, 0x7f00_0000_1000L, 42);
    private static final PageRequest MANY = new PageRequest(16, 0x40_0000, 43);

    private final List<PageRequest> received = new ArrayList<>();

    @ParameterizedTest
    @EnumSource(RecordLayout.class)
    void requestsAndEndAreParsedForAnySplit(RecordLayout layout) {
        LazyRequests requests = new LazyRequests(layout, PAGE);
        ByteBuf said = said(layout);
        while (said.isReadable()) {
            assertThat(requests.closed()).isFalse();
            requests.read(said.readSlice(Math.min(7, said.readableBytes())), received::add);
        }
        assertThat(received).containsExactly(ONE, MANY);
        assertThat(requests.closed()).isTrue();
    }

    private static ByteBuf said(RecordLayout layout) {
        ByteBuf out = Unpooled.buffer();
        ONE.write(layout, out);
        MANY.write(layout, out);
        layout.write(PageRecord.end(PageCommand.FORCE_CLOSE), out);
        return out;
    }

    @Test
    void bytesAfterEndAreRefused() {
        LazyRequests requests = new LazyRequests(RecordLayout.BYTES_32, PAGE);
        ByteBuf said = said(RecordLayout.BYTES_32);
        ONE.write(RecordLayout.BYTES_32, said);
        assertThatThrownBy(() -> requests.read(said, received::add))
                .isInstanceOf(PageStreamException.class)
                .hasMessageContaining("after CLOSE");
    }

    @ParameterizedTest
    @CsvSource({
        "6, 1, 4096, 1, command 0x6",
        "4, 0, 0, 1, command 0x4",
        "262151, 1, 4096, 1, command 0x7",
        "7, 0, 4096, 1, of 0",
        "7, 262145, 4096, 1, of 262145",
        "7, 1, 4097, 1, whole pages",
        "7, 1, -4096, 1, an address",
        "7, 1, 4096, -1, a process",
    })
    void otherRecordsAreRefused(int word, long nrPages, long vaddr, long dstId, String words) {
        LazyRequests requests = new LazyRequests(RecordLayout.BYTES_32, PAGE);
        ByteBuf said = Unpooled.buffer();
        RecordLayout.BYTES_32.write(word, nrPages, vaddr, dstId, said);
        assertThatThrownBy(() -> requests.read(said, received::add))
                .isInstanceOf(PageStreamException.class)
                .hasMessageContaining(words);
        assertThat(received).isEmpty();
    }
}
