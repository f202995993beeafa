package io.pageproxy.pagestream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Replies that a lazy-pages daemon may receive. */
class LazyRepliesTest {
    private static final int PAGE = 4096;
    private static final int ADD_F_PRESENT = 6 | PageFlags.PRESENT << 16;
    private static final PageRequest FIRST = new PageRequest(4, 0x10_0000, 42);
    private static final PageRequest SECOND = new PageRequest(1, 0x20_0000, 43);

    private final ByteBuf said = Unpooled.buffer();

    private void reply(RecordLayout layout, int word, PageRequest of, long pages) {
        layout.write(word, pages, of.vaddr(), of.dstId(), said);
        said.writeZero((int) pages * PAGE);
    }

    @ParameterizedTest
    @EnumSource(RecordLayout.class)
    void repliesAreValidatedInOrderForAnySplit(RecordLayout layout) {
        LazyReplies replies = new LazyReplies(layout, PAGE);
        replies.asked(FIRST);
        replies.asked(SECOND);
        reply(layout, ADD_F_PRESENT, FIRST, 3); // fewer than requested
        reply(layout, ADD_F_PRESENT, SECOND, 1);
        int bytes = said.readableBytes();
        while (said.isReadable()) {
            assertThat(replies.isIdle()).isFalse();
            replies.read(said.readSlice(Math.min(1001, said.readableBytes())));
        }
        assertThat(replies.isIdle()).isTrue();
        assertThat(replies.totals()).isEqualTo(new StreamTotals(bytes, 2, 0, 0, 4, 0));
    }

    @Test
    void demandedRequestMayBeAnsweredBeforeEarlierOnes() {
        LazyReplies replies = new LazyReplies(RecordLayout.BYTES_32, PAGE);
        replies.asked(FIRST);
        replies.demanded(SECOND);
        reply(RecordLayout.BYTES_32, ADD_F_PRESENT, SECOND, 1);
        replies.read(said);
        assertThat(replies.unansweredPages()).isEqualTo(4);
        reply(RecordLayout.BYTES_32, ADD_F_PRESENT, FIRST, 4);
        replies.read(said);
        assertThat(replies.isIdle()).isTrue();
    }

    /** A source that does not know of demanded requests answers in their order. */
    @Test
    void demandedRequestMayBeAnsweredInItsTurn() {
        LazyReplies replies = new LazyReplies(RecordLayout.BYTES_32, PAGE);
        replies.asked(FIRST);
        replies.demanded(SECOND);
        reply(RecordLayout.BYTES_32, ADD_F_PRESENT, FIRST, 4);
        reply(RecordLayout.BYTES_32, ADD_F_PRESENT, SECOND, 1);
        replies.read(said);
        assertThat(replies.isIdle()).isTrue();
    }

    @Test
    void requestThatIsNotDemandedIsNotAnsweredBeforeEarlierOnes() {
        LazyReplies replies = new LazyReplies(RecordLayout.BYTES_32, PAGE);
        replies.asked(FIRST);
        replies.asked(SECOND);
        reply(RecordLayout.BYTES_32, ADD_F_PRESENT, SECOND, 1);
        assertThatThrownBy(() -> replies.read(said)).isInstanceOf(PageStreamException.class);
    }

    /** A status may follow, which is not part of the replies. */
    @Test
    void bytesWithoutOutstandingRequestAreLeftUnread() {
        LazyReplies replies = new LazyReplies(RecordLayout.BYTES_32, PAGE);
        replies.asked(SECOND);
        reply(RecordLayout.BYTES_32, ADD_F_PRESENT, SECOND, 1);
        said.writeIntLE(0);
        replies.read(said);
        assertThat(said.readableBytes()).isEqualTo(Integer.BYTES);
    }

    @Test
    void incompleteReplyIsNotBetweenReplies() {
        LazyReplies replies = new LazyReplies(RecordLayout.BYTES_32, PAGE);
        replies.asked(SECOND);
        reply(RecordLayout.BYTES_32, ADD_F_PRESENT, SECOND, 1);
        replies.read(said.readSlice(10));
        assertThat(replies.betweenReplies()).as("inside the record").isFalse();
        replies.read(said.readSlice(100));
        assertThat(replies.betweenReplies()).as("inside the page").isFalse();
        replies.read(said);
        assertThat(replies.betweenReplies()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "262150, 5, 1048576, 42, more pages than asked for",
        "262150, 0, 1048576, 42, none",
        "262150, 4, 1052672, 42, another address",
        "262150, 4, 1048576, 43, another process",
        "6, 4, 1048576, 42, not present",
        "393222, 4, 1048576, 42, present and lazy",
        "262148, 4, 1048576, 42, another command",
    })
    void unrequestedReplyIsRefused(int word, long pages, long vaddr, long dstId, String what) {
        LazyReplies replies = new LazyReplies(RecordLayout.BYTES_32, PAGE);
        replies.asked(FIRST);
        RecordLayout.BYTES_32.write(word, pages, vaddr, dstId, said);
        assertThatThrownBy(() -> replies.read(said))
                .as(what)
                .isInstanceOf(PageStreamException.class)
                .hasMessageContaining("expected the pages of");
    }

    @Test
    void unansweredRequestsAreBounded() {
        LazyReplies replies = new LazyReplies(RecordLayout.BYTES_32, PAGE);
        for (int i = 0; i < LazyReplies.MAX_OUTSTANDING; i++) {
            replies.asked(SECOND);
        }
        assertThatThrownBy(() -> replies.asked(SECOND))
                .isInstanceOf(PageStreamException.class)
                .hasMessageContaining("unanswered");
    }
}
