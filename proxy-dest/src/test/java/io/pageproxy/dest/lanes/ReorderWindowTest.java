package io.pageproxy.dest.lanes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pageproxy.dest.lanes.ReorderWindow.Held;
import io.pageproxy.frame.Frame.Block;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ReorderWindowTest {
    private static final int BLOCKS = 500;

    private final List<ByteBuf> contents = new ArrayList<>();
    private final List<Long> polled = new ArrayList<>();
    private ReorderWindow window = new ReorderWindow(3);

    @AfterEach
    void everyContentWasReleased() {
        window.release();
        assertThat(contents).allMatch(content -> content.refCnt() == 0);
    }

    private void put(int lane, long sequence) {
        ByteBuf content = Unpooled.buffer().writeLong(sequence);
        contents.add(content);
        window.put(lane, new Block(sequence, 0, 0, 8, 0, content));
    }

    private void poll() {
        for (Held due; (due = window.poll()) != null; ) {
            assertThat(due.block().content().readLong()).isEqualTo(due.block().sequence());
            due.block().content().release();
            polled.add(due.block().sequence());
        }
    }

    private void assertRefused(Runnable step, String... parts) {
        assertThatThrownBy(step::run)
                .isInstanceOfSatisfying(
                        SessionException.class,
                        e -> assertThat(e.reason()).isEqualTo(CloseReason.TUNNEL_PROTOCOL))
                .hasMessageContainingAll(parts);
    }

    static IntStream seeds() {
        return IntStream.range(0, 50);
    }

    /** Each lane delivers its blocks in order, but the lanes run at different speeds. */
    @ParameterizedTest
    @MethodSource("seeds")
    void blocksArePolledInOrderForAnyInterleavingOfLanes(int seed) {
        Random random = new Random(seed);
        int lanes = 1 + random.nextInt(16);
        window = new ReorderWindow(lanes);
        List<List<Long>> waiting = new ArrayList<>();
        IntStream.range(0, lanes).forEach(lane -> waiting.add(new ArrayList<>()));
        for (long sequence = 0; sequence < BLOCKS; sequence++) {
            waiting.get(random.nextInt(lanes)).add(sequence);
        }
        List<Integer> alive = new ArrayList<>(IntStream.range(0, lanes).boxed().toList());
        while (!alive.isEmpty()) {
            assertThat(window.isDrained()).isFalse();
            int lane = alive.get(random.nextInt(alive.size()));
            if (waiting.get(lane).isEmpty()) {
                window.end(lane);
                alive.remove(Integer.valueOf(lane));
            } else {
                put(lane, waiting.get(lane).remove(0));
            }
            if (random.nextBoolean()) {
                poll();
            }
        }
        poll();
        assertThat(polled).isEqualTo(LongStream.range(0, BLOCKS).boxed().toList());
        assertThat(window.isDrained()).isTrue();
        assertThat(window.polledBlocks()).isEqualTo(BLOCKS);
    }

    @Test
    void blockThatWasPolledIsRefusedTheSecondTime() {
        put(0, 0);
        poll();
        assertRefused(() -> put(1, 0), "block 0", "twice", "lane 1");
    }

    @Test
    void blockThatIsHeldIsRefusedTheSecondTime() {
        put(0, 1);
        assertRefused(() -> put(1, 1), "block 1", "twice", "lane 1");
    }

    @Test
    void blocksOfALaneMustAscend() {
        put(0, 5);
        assertRefused(() -> put(0, 4), "block 4", "out of order on lane 0");
        assertRefused(() -> put(1, -1), "block -1");
        assertRefused(() -> put(1, Long.MIN_VALUE), "out of order");
    }

    @Test
    void blockIsMissingOnceEveryLaneHasALaterBlock() {
        put(0, 1);
        put(1, 2);
        assertRefused(() -> put(2, 3), "block 0 is missing");
    }

    @Test
    void blockIsMissingOnceEveryLaneHasEnded() {
        put(0, 0);
        put(1, 2);
        poll();
        window.end(0);
        window.end(1);
        assertRefused(() -> window.end(2), "block 1 is missing");
    }

    @Test
    void nothingIsAcceptedAfterTheEndOfALane() {
        window.end(1);
        assertRefused(() -> put(1, 0), "lane 1 after its end");
        assertRefused(() -> window.end(1), "twice on lane 1");
    }

    @Test
    void windowIsDrainedOnceAllLanesHaveEndedAndNoBlockIsHeld() {
        put(0, 0);
        window.end(0);
        window.end(1);
        assertThat(window.isDrained()).isFalse();
        window.end(2);
        assertThat(window.isDrained()).isFalse();
        poll();
        assertThat(window.isDrained()).isTrue();
    }
}
