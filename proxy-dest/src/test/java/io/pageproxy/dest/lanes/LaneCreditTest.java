package io.pageproxy.dest.lanes;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.pageproxy.dest.Peers;
import io.pageproxy.frame.Frame.Block;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LaneCreditTest {
    private static final int CONTENT_BYTES = 255 << 10;

    /** The limit in blocks, including the overhead that is charged for each block. */
    private static final int MOST_BLOCKS = 16;

    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final LaneCredit credit = new LaneCredit(Peers.tunnel(channel, "source", "aa"));
    private final Block block = block(CONTENT_BYTES);

    @AfterEach
    void close() {
        channel.finishAndReleaseAll();
    }

    private static Block block(int contentBytes) {
        return new Block(0, 0, 0, 1, 0, Unpooled.wrappedBuffer(new byte[contentBytes]));
    }

    private boolean isRead() {
        channel.runPendingTasks();
        return channel.config().isAutoRead();
    }

    private void arrive(int blocks) {
        for (int i = 0; i < blocks; i++) {
            credit.arrived(block);
        }
    }

    private void passOn(int blocks) {
        for (int i = 0; i < blocks; i++) {
            credit.passedOn(block);
        }
    }

    @Test
    void readingStopsAtFourMebibytesUntilHalfOfThemWerePassedOn() {
        arrive(MOST_BLOCKS - 1);
        assertThat(isRead()).isTrue();
        arrive(1);
        assertThat(isRead()).isFalse();
        passOn(MOST_BLOCKS / 2 - 1);
        assertThat(isRead()).isFalse();
        passOn(1);
        assertThat(channel.config().isAutoRead()).as("before its event loop has run").isFalse();
        assertThat(isRead()).isTrue();
        arrive(MOST_BLOCKS / 2);
        assertThat(isRead()).as("a second time").isFalse();
    }

    @Test
    void numberOfSmallBlocksStopsReading() {
        Block small = block(1);
        int most = LaneCredit.STOP_BYTES / LaneCredit.BLOCK_BYTES;
        for (int i = 0; i < most; i++) {
            credit.arrived(small);
        }
        assertThat(isRead()).isFalse();
    }

    /** The lane's event loop may have counted a block but not yet stopped reading. */
    @Test
    void laneThatIsFullAgainBeforeItResumesStaysUnread() {
        arrive(MOST_BLOCKS);
        passOn(MOST_BLOCKS / 2);
        arrive(MOST_BLOCKS / 2);
        assertThat(isRead()).isFalse();
    }
}
