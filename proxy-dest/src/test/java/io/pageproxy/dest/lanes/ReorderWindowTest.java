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

    private void refuses(Runnable step, String... parts) {
        assertThatThrownBy(step::run)
                .isInstanceOfSatisfying(
                        SessionException.class,
                        e -> assertThat(e.reason()).isEqualTo(CloseReason.TUNNEL_PROTOCOL))
                .hasMessageContainingAll(parts);
    }

    static IntStream seeds() {
        return IntStream.range(0, 50);
    }

    /** Each lane's blocks come in order, the lanes at any speed. */
    @ParameterizedTest
    @MethodSource("seeds")
    void anyInterleavingOfLanesComesOutInOrder(int seed) {
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
    void aBlockThatWasPolledComesNoSecondTime() {
        put(0, 0);
        poll();
        refuses(() -> put(1, 0), "block 0", "twice", "lane 1");
    }

    @Test
    void aBlockThatIsHeldComesNoSecondTime() {
        put(0, 1);
        refuses(() -> put(1, 1), "block 1", "twice", "lane 1");
    }

    @Test
    void aLaneDoesNotGoBack() {
        put(0, 5);
        refuses(() -> put(0, 4), "block 4", "out of order on lane 0");
        refuses(() -> put(1, -1), "block -1");
        refuses(() -> put(1, Long.MIN_VALUE), "out of order");
    }

    @Test
    void aBlockThatEveryLaneHasGonePastIsMissing() {
        put(0, 1);
        put(1, 2);
        refuses(() -> put(2, 3), "block 0 is missing");
    }

    @Test
    void aBlockThatEveryLaneHasEndedWithoutIsMissing() {
        put(0, 0);
        put(1, 2);
        poll();
        window.end(0);
        window.end(1);
        refuses(() -> window.end(2), "block 1 is missing");
    }

    @Test
    void nothingComesAfterALanesEnd() {
        window.end(1);
        refuses(() -> put(1, 0), "lane 1 after its end");
        refuses(() -> window.end(1), "twice on lane 1");
    }

    @Test
    void itIsNotDrainedWhileALaneMayBringMoreOrABlockIsHeld() {
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
