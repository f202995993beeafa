package io.pageproxy.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.pageproxy.codec.Efforts.Choice;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Blocks of one kind over a link of one pace, until the chooser has settled. */
class AutoEffortsTest {
    private static final int BLOCK_BYTES = 256 << 10;
    private static final int BLOCKS = 1000;

    private final Link link = new Link();
    private Lessons lessons = new Lessons();
    private int processors = 4;
    private long nanos;
    private final Map<Effort, Integer> chosen = new EnumMap<>(Effort.class);

    private static final class Link implements LinkPace {
        private News news = News.OUTRAN_US;
        private double nanosPerByte;

        /** Where it is the peer that is slow: what a byte of the plain stream takes. */
        private double peerNanosPerByte;

        private Effort inUse = Effort.LZ4;
        private double backlog = 0.5;
        private int stretchesToHoldUp;
        private int stretches;

        /** How much of a processor's time the stream's bytes have to wait for. */
        private double processorShare = 0.1;

        @Override
        public News news() {
            boolean heldUp = stretchesToHoldUp > 0 && ++stretches % stretchesToHoldUp == 0;
            return heldUp ? News.HELD_US_UP : news;
        }

        @Override
        public double nanosPerByte() {
            return peerNanosPerByte > 0 ? peerNanosPerByte / ratio(inUse) : nanosPerByte;
        }

        @Override
        public double backlog() {
            return backlog;
        }

        @Override
        public void expect(double newNanosPerByte) {
            nanosPerByte = newNanosPerByte;
        }

        double plainNanosPerByte(Effort effort) {
            double ofProcessors = 2 + AutoEffortsTest.nanosPerByte(effort);
            double ofLink = Math.max(ratio(effort) * nanosPerByte, peerNanosPerByte);
            return Math.max(ofLink, processorShare * ofProcessors);
        }

        void holdsUpAt(double megabytesPerSecond) {
            news = News.HELD_US_UP;
            nanosPerByte = 1000 / megabytesPerSecond;
        }
    }

    /** What each effort costs and leaves of a block that is neither noise nor blank. */
    private static double nanosPerByte(Effort effort) {
        return switch (effort) {
            case NONE -> 0;
            case LZ4 -> 1.2;
            case ZSTD_FAST -> 2;
            case ZSTD -> 3;
            case ZSTD_HARD -> 8;
        };
    }

    private static double ratio(Effort effort) {
        return switch (effort) {
            case NONE -> 1;
            case LZ4 -> 0.45;
            case ZSTD_FAST -> 0.4;
            case ZSTD -> 0.32;
            case ZSTD_HARD -> 0.3;
        };
    }

    private static ByteBuffer block(boolean noise) {
        Random random = new Random(3);
        byte[] content = new byte[BLOCK_BYTES];
        random.nextBytes(content);
        if (!noise) {
            for (int i = 0; i < content.length; i++) {
                content[i] = (byte) (i % 16 < 6 ? content[i] : i % 16);
            }
        }
        return ByteBuffer.allocateDirect(BLOCK_BYTES).put(content).flip();
    }

    private Effort settled(AutoEfforts efforts, ByteBuffer block) {
        chosen.clear();
        for (int i = 0; i < BLOCKS; i++) {
            Choice choice = efforts.next(block);
            Effort effort = choice.effort();
            link.inUse = effort;
            efforts.coded(
                    choice,
                    BLOCK_BYTES,
                    (int) (BLOCK_BYTES * ratio(effort)),
                    (long) (BLOCK_BYTES * nanosPerByte(effort)));
            nanos += (long) (BLOCK_BYTES * link.plainNanosPerByte(effort));
            chosen.merge(effort, i < BLOCKS / 2 ? 0 : 1, Integer::sum);
        }
        return Collections.max(chosen.entrySet(), Map.Entry.comparingByValue()).getKey();
    }

    private AutoEfforts efforts(Set<BlockCodec> decodable) {
        return new AutoEfforts(link, decodable, processors, lessons, () -> nanos);
    }

    @Test
    void aLinkThatOutrunsUsGetsBlocksAsTheyAre() {
        AutoEfforts efforts = efforts(EnumSet.allOf(BlockCodec.class));
        assertThat(settled(efforts, block(false))).isEqualTo(Effort.NONE);
        assertThat(efforts.linkIsDear()).isFalse();
    }

    /** It is not for the link that the stream waits, so fewer bytes on it win nothing. */
    @Test
    void aLinkThatHoldsUsUpNowAndThenOnlyIsWorthNoTrial() {
        link.nanosPerByte = 4;
        link.stretchesToHoldUp = 8;
        link.processorShare = 1;
        settled(efforts(EnumSet.allOf(BlockCodec.class)), block(false));
        assertThat(chosen).containsOnlyKeys(Effort.NONE);
    }

    @Test
    void untilTheLinkHasShownItsPaceBlocksAreCompressedLightly() {
        AutoEfforts efforts = efforts(EnumSet.allOf(BlockCodec.class));
        link.news = LinkPace.News.NONE;
        assertThat(efforts.next(block(false)).effort()).isEqualTo(Effort.LZ4);
        assertThat(efforts.next(block(true)).effort()).isEqualTo(Effort.NONE);
        link.news = LinkPace.News.OUTRAN_US;
        assertThat(efforts.next(block(false)).effort()).isEqualTo(Effort.NONE);
        link.news = LinkPace.News.FILLED;
        assertThat(efforts.next(block(false)).effort()).as("only buffers").isEqualTo(Effort.LZ4);
        link.news = LinkPace.News.NONE;
        assertThat(efforts.next(block(false)).effort()).isEqualTo(Effort.LZ4);
    }

    @Test
    void theSlowerTheLinkTheHarderBlocksAreCompressed() {
        link.holdsUpAt(500);
        Effort fast = settled(efforts(EnumSet.allOf(BlockCodec.class)), block(false));
        link.holdsUpAt(12);
        AutoEfforts crawling = efforts(EnumSet.allOf(BlockCodec.class));
        Effort slow = settled(crawling, block(false));
        assertThat(fast).isBetween(Effort.LZ4, Effort.ZSTD_FAST);
        assertThat(slow).isGreaterThanOrEqualTo(Effort.ZSTD);
        assertThat(crawling.linkIsDear()).isTrue();
    }

    /** As on a loopback: the sockets are full since the peer's processor is busy. */
    @Test
    void whereTheProcessorsAreTheBottleneckNothingIsCompressed() {
        link.holdsUpAt(500);
        link.processorShare = 1;
        assertThat(settled(efforts(EnumSet.allOf(BlockCodec.class)), block(false)))
                .isEqualTo(Effort.NONE);
    }

    /** Of compressed blocks it takes a byte in 7 nanoseconds, which a slow link would. */
    @Test
    void wherePagesAreTakenSlowlyNothingIsCompressed() {
        link.news = LinkPace.News.HELD_US_UP;
        link.peerNanosPerByte = 3.2;
        assertThat(settled(efforts(EnumSet.allOf(BlockCodec.class)), block(false)))
                .isEqualTo(Effort.NONE);
    }

    @Test
    void whatTheProcessorsCannotWinIsNotEvenTried() {
        processors = 6;
        link.holdsUpAt(3300);
        settled(efforts(EnumSet.allOf(BlockCodec.class)), block(false));
        assertThat(chosen).containsOnlyKeys(Effort.NONE);
        link.holdsUpAt(1000);
        assertThat(settled(efforts(EnumSet.allOf(BlockCodec.class)), block(false)))
                .isGreaterThan(Effort.NONE);
    }

    @Test
    void whereZstdMakesTheProcessorsTheBottleneckItStopsAtLz4() {
        link.holdsUpAt(120);
        link.processorShare = 1;
        assertThat(settled(efforts(EnumSet.allOf(BlockCodec.class)), block(false)))
                .isEqualTo(Effort.LZ4);
    }

    @Test
    void noiseIsNotCompressedWhereTheLinkIsNearlyAsFastAsWeAre() {
        link.holdsUpAt(800);
        assertThat(settled(efforts(EnumSet.allOf(BlockCodec.class)), block(true)))
                .isEqualTo(Effort.NONE);
    }

    @Test
    void onlyWhatThePeerDecodesIsChosen() {
        link.holdsUpAt(12);
        AutoEfforts efforts = efforts(EnumSet.of(BlockCodec.STORED, BlockCodec.LZ4));
        assertThat(settled(efforts, block(false))).isEqualTo(Effort.LZ4);
    }

    @Test
    void whenTheLinkClearsTheEffortFalls() {
        AutoEfforts efforts = efforts(EnumSet.allOf(BlockCodec.class));
        link.holdsUpAt(12);
        settled(efforts, block(false));
        link.news = LinkPace.News.OUTRAN_US;
        assertThat(settled(efforts, block(false))).isEqualTo(Effort.NONE);
    }

    @Test
    void theHardestEffortIsForLinksThatCrawl() {
        link.holdsUpAt(120);
        assertThat(settled(efforts(EnumSet.allOf(BlockCodec.class)), block(false)))
                .isEqualTo(Effort.ZSTD);
        assertThat(chosen).doesNotContainKey(Effort.ZSTD_HARD);
        link.holdsUpAt(12);
        settled(efforts(EnumSet.allOf(BlockCodec.class)), block(false));
        assertThat(chosen).containsKey(Effort.ZSTD_HARD);
    }

    @Test
    void aBufferThatRunsEmptyIsFilledAndOneThatIsFullIsSpared() {
        AutoEfforts efforts = efforts(EnumSet.allOf(BlockCodec.class));
        link.holdsUpAt(80);
        efforts.next(block(false));
        link.news = LinkPace.News.NONE;
        link.backlog = 0;
        assertThat(settled(efforts, block(false))).isEqualTo(Effort.LZ4);
        link.backlog = 1;
        assertThat(settled(efforts, block(false))).isEqualTo(Effort.ZSTD);
    }

    private AutoEfforts afterASession(double megabytesPerSecond) {
        link.news = LinkPace.News.OUTRAN_US;
        link.nanosPerByte = 0;
        if (megabytesPerSecond > 0) {
            link.holdsUpAt(megabytesPerSecond);
        }
        AutoEfforts efforts = efforts(EnumSet.allOf(BlockCodec.class));
        AutoEfforts next = efforts(EnumSet.allOf(BlockCodec.class));
        settled(efforts, block(false));
        efforts.passOn();
        link.nanosPerByte = 0;
        link.news = LinkPace.News.NONE;
        return next;
    }

    @Test
    void theNextSessionBeginsWhereTheLastOneCameTo() {
        AutoEfforts slow = afterASession(100);
        assertThat(slow.linkIsDear()).isTrue();
        assertThat(slow.next(block(false)).effort()).isEqualTo(Effort.ZSTD);
        AutoEfforts fast = afterASession(0);
        assertThat(fast.linkIsDear()).isFalse();
        assertThat(fast.next(block(false)).effort()).isEqualTo(Effort.NONE);
    }

    @Test
    void whereTheLinkHasBecomeSlowTheNextSessionFindsOutAtOnce() {
        AutoEfforts efforts = afterASession(0);
        efforts.next(block(false));
        link.news = LinkPace.News.FILLED;
        assertThat(efforts.next(block(false)).effort()).isEqualTo(Effort.NONE);
        link.holdsUpAt(100);
        assertThat(efforts.next(block(false)).effort()).isGreaterThan(Effort.NONE);
    }

    @Test
    void whereTheLinkHasBecomeFastTheNextSessionFindsOut() {
        AutoEfforts efforts = afterASession(100);
        link.news = LinkPace.News.OUTRAN_US;
        for (int i = 0; i < 40; i++) {
            efforts.next(block(false));
        }
        assertThat(efforts.next(block(false)).effort()).isEqualTo(Effort.NONE);
        assertThat(settled(efforts, block(false))).isEqualTo(Effort.NONE);
    }

    @Test
    void sessionsAtTheSameTimeDoNotMoveEachOthersLessons() {
        AutoEfforts one = afterASession(100);
        AutoEfforts other = efforts(EnumSet.allOf(BlockCodec.class));
        Choice choice = one.next(block(false));
        for (int i = 0; i < 100; i++) {
            one.coded(choice, BLOCK_BYTES, BLOCK_BYTES, BLOCK_BYTES * 100L);
        }
        assertThat(other.next(block(false)).effort()).isEqualTo(Effort.ZSTD);
    }
}
