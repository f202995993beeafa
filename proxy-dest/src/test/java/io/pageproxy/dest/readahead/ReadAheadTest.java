package io.pageproxy.dest.readahead;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.pageproxy.pagestream.PageRequest;
import io.pageproxy.pagestream.RecordLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Read-ahead between a scripted daemon and source; the content of a page is its number. */
class ReadAheadTest {
    private static final int PAGE = 4096;
    private static final long TASK = 258;
    private static final int CHUNK = ReadAhead.CHUNK_PAGES;
    private static final int ADD_F_PRESENT = 6 | 4 << 16;
    private static final RecordLayout LAYOUT = RecordLayout.BYTES_32;

    private final UnpooledByteBufAllocator alloc = new UnpooledByteBufAllocator(true);
    private final Deque<PageRequest> asked = new ArrayDeque<>();
    private final List<PageRequest> demanded = new ArrayList<>();
    private final Deque<Long> askedNanos = new ArrayDeque<>();
    private final List<List<Long>> answers = new ArrayList<>();
    private long nowNanos;
    private ReadAhead ahead = of(1 << 14);

    private ReadAhead of(int maxPages) {
        return new ReadAhead(LAYOUT, PAGE, maxPages, alloc, this::ask, this::hear, () -> nowNanos);
    }

    private void ask(PageRequest request, boolean isDemanded) {
        asked.add(request);
        if (isDemanded) {
            demanded.add(request);
        }
        askedNanos.add(nowNanos);
    }

    @AfterEach
    void nothingIsHeld() {
        ahead.close();
        assertThat(alloc.metric().usedDirectMemory()).isZero();
    }

    /** Checks the record and the content of each page, and records the page numbers. */
    private void hear(ByteBuf answer) {
        int nrPages = (int) answer.getLongLE(8);
        long first = answer.getLongLE(16) / PAGE;
        assertThat(answer.getIntLE(0)).isEqualTo(ADD_F_PRESENT);
        assertThat(answer.readableBytes()).isEqualTo(LAYOUT.bytes() + nrPages * PAGE);
        List<Long> pages = new ArrayList<>();
        for (int i = 0; i < nrPages; i++) {
            int at = LAYOUT.bytes() + i * PAGE;
            assertThat(answer.getLong(at)).isEqualTo(first + i);
            assertThat(answer.getLong(at + PAGE - Long.BYTES)).isEqualTo(first + i);
            pages.add(first + i);
        }
        answers.add(pages);
        answer.release();
    }

    private static PageRequest pages(long first, long count) {
        return new PageRequest(count, first * PAGE, TASK);
    }

    /** Answers the oldest request to the source with {@code nrPages} pages, in two pieces. */
    private void sourceAnswers(int nrPages) {
        PageRequest request = asked.remove();
        ByteBuf content = Unpooled.buffer(nrPages * PAGE).writeZero(nrPages * PAGE);
        for (int i = 0; i < nrPages; i++) {
            long number = request.vaddr() / PAGE + i;
            content.setLong(i * PAGE, number);
            content.setLong((i + 1) * PAGE - Long.BYTES, number);
        }
        ahead.onReply(request, nrPages);
        ahead.onPages(content.readSlice(PAGE / 3));
        ahead.settle();
        ahead.onPages(content);
        ahead.settle();
    }

    private void sourceAnswersAll() {
        while (!asked.isEmpty()) {
            sourceAnswers((int) asked.peek().nrPages());
        }
    }

    @Test
    void faultIsRequestedImmediatelyAndTheFollowingPagesAfterIt() {
        ahead.know(TASK, 0, 1000);
        ahead.onRequest(pages(500, 1));
        assertThat(asked).startsWith(pages(500, 1), pages(501, CHUNK - 1), pages(0, CHUNK));
    }

    @Test
    void onlyWhatTheDaemonWaitsForIsDemanded() {
        ahead.know(TASK, 0, 1000);
        ahead.onRequest(pages(500, 1));
        assertThat(demanded).containsExactly(pages(500, 1));
    }

    @Test
    void demandedPageMayComeBeforeThoseReadAhead() {
        ahead.know(TASK, 0, 1000);
        ahead.settle();
        ahead.onRequest(pages(500, 1));
        asked.remove(pages(500, 1));
        asked.addFirst(pages(500, 1));
        sourceAnswers(1);
        assertThat(answers).containsExactly(List.of(500L));
        sourceAnswersAll();
        ahead.onRequest(pages(3, 1));
        assertThat(answers.get(1)).containsExactly(3L);
    }

    @Test
    void pagesThatWereReadAheadAreAnsweredWithoutTheSource() {
        ahead.know(TASK, 0, 100);
        ahead.onRequest(pages(7, 1));
        sourceAnswersAll();
        ahead.onRequest(pages(40, 2));
        assertThat(asked).isEmpty();
        assertThat(answers).containsExactly(List.of(7L), List.of(40L, 41L));
        assertThat(ahead.foundHere()).isEqualTo(1);
    }

    @Test
    void answersAreInTheOrderOfTheRequests() {
        ahead.know(TASK, 0, 100);
        ahead.onRequest(pages(0, 1));
        sourceAnswersAll();
        ahead.onRequest(pages(500, 1));
        ahead.onRequest(pages(20, 1));
        assertThat(answers).hasSize(1);
        sourceAnswers(1);
        assertThat(answers.subList(1, 3)).containsExactly(List.of(500L), List.of(20L));
    }

    /** CRIU sends fewer pages if its pipe ends, and the daemon requests the others again. */
    @Test
    void pagesMissingFromAShortAnswerAreRequestedAgain() {
        ahead.onRequest(pages(0, 10));
        sourceAnswers(4);
        assertThat(answers).containsExactly(List.of(0L, 1L, 2L, 3L));
        ahead.onRequest(pages(4, 6));
        sourceAnswersAll();
        assertThat(answers.get(1)).containsExactly(4L, 5L, 6L, 7L, 8L, 9L);
    }

    @Test
    void withoutMemoryNothingIsReadAhead() {
        ahead = of(0);
        ahead.know(TASK, 0, 1000);
        ahead.onRequest(pages(500, 1));
        assertThat(asked).containsExactly(pages(500, 1));
        sourceAnswersAll();
        assertThat(asked).isEmpty();
    }

    @Test
    void memoryStaysWithinTheLimit() {
        ahead = of(2 * CHUNK);
        ahead.know(TASK, 0, 1000);
        ahead.onRequest(pages(900, 1));
        sourceAnswersAll();
        assertThat(alloc.metric().usedDirectMemory()).isLessThanOrEqualTo(2L * CHUNK * PAGE);
    }

    /** With a longer round trip, more pages have to be in flight to fill the link. */
    @Test
    void morePagesAreRequestedOverALongLink() {
        ahead.know(TASK, 0, 1 << 13);
        ahead.onRequest(pages(0, 1));
        for (int i = 0; i < 200; i++) {
            nowNanos = Math.max(nowNanos, askedNanos.remove() + 20_000_000);
            sourceAnswers((int) asked.peek().nrPages());
        }
        assertThat(asked.stream().mapToLong(PageRequest::nrPages).sum()).isGreaterThan(1000);
    }

    /**
     * For any order of faults, of the daemon's other requests and of answers, including short ones:
     * each page is delivered once per request, and the source is asked only for pages that it has.
     */
    @ParameterizedTest
    @ValueSource(ints = {0, 2 * CHUNK, 1 << 14})
    void everyPageIsDeliveredForAnyOrderOfEvents(int maxPages) {
        for (int seed = 0; seed < 15; seed++) {
            ahead.close();
            ahead = of(maxPages);
            asked.clear();
            answers.clear();
            play(new Random(seed));
        }
    }

    private void play(Random random) {
        TreeSet<Long> missing = new TreeSet<>();
        for (long page = random.nextInt(9); page < 600; page += 1 + random.nextInt(40)) {
            int length = 1 + random.nextInt(90);
            if (random.nextInt(4) > 0) {
                ahead.know(TASK, page * PAGE, length);
            }
            for (int i = 0; i < length; i++) {
                missing.add(page + i);
            }
            page += length;
        }
        TreeSet<Long> has = new TreeSet<>(missing);
        int heard = 0;
        int waiting = 0;
        while (!missing.isEmpty()) {
            boolean more = waiting < 3 && random.nextBoolean();
            if (more) {
                Long page = missing.ceiling((long) random.nextInt(700));
                long first = page == null ? missing.first() : page;
                int count = 1;
                while (random.nextInt(20) > 0 && missing.contains(first + count)) {
                    count++;
                }
                waiting++;
                ahead.onRequest(pages(first, count));
            } else if (!asked.isEmpty()) {
                PageRequest next = asked.peek();
                for (long i = 0; i < next.nrPages(); i++) {
                    assertThat(has).contains(next.vaddr() / PAGE + i);
                }
                int all = (int) next.nrPages();
                sourceAnswers(random.nextInt(4) > 0 ? all : 1 + random.nextInt(all));
            } else {
                assertThat(waiting).isZero();
            }
            for (; heard < answers.size(); heard++) {
                waiting--;
                answers.get(heard).forEach(missing::remove);
            }
        }
        assertThat(ahead.isIdle() || waiting > 0).isTrue();
    }
}
