package io.pageproxy.source.adaptive;

import static org.assertj.core.api.Assertions.assertThat;

import io.pageproxy.codec.BlockCodec;
import io.pageproxy.codec.CompressionLevel;
import io.pageproxy.codec.LevelSelector.Choice;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Sends blocks of one kind over a link of constant pace until the selection is stable. */
class AdaptiveCompressionTest {
    private static final int BLOCK_BYTES = 256 << 10;
    private static final int BLOCKS = 1000;

    private final Link link = new Link();
    private LinkHistory history = new LinkHistory();
    private int processors = 4;
    private long nanos;
    private final Map<CompressionLevel, Integer> chosen = new EnumMap<>(CompressionLevel.class);

    private static final class Link implements LinkMetrics {
        private Interval interval = Interval.SENDER_LIMITED;
        private double nanosPerByte;

        /** Time of a slow peer for a byte of the plain stream; 0: the peer is fast. */
        private double peerNanosPerByte;

        private CompressionLevel inUse = CompressionLevel.LZ4;
        private double sendBufferFill = 0.5;
        private int intervalsPerLimit;
        private int intervals;

        /** Share of the processor time that the stream has to wait for. */
        private double processorShare = 0.1;

        @Override
        public Interval pollInterval() {
            boolean heldUp = intervalsPerLimit > 0 && ++intervals % intervalsPerLimit == 0;
            return heldUp ? Interval.LINK_LIMITED : interval;
        }

        @Override
        public double nanosPerByte() {
            return peerNanosPerByte > 0 ? peerNanosPerByte / ratio(inUse) : nanosPerByte;
        }

        @Override
        public double sendBufferFill() {
            return sendBufferFill;
        }

        @Override
        public void expect(double newNanosPerByte) {
            nanosPerByte = newNanosPerByte;
        }

        double plainNanosPerByte(CompressionLevel level) {
            double ofProcessors = 2 + AdaptiveCompressionTest.nanosPerByte(level);
            double ofLink = Math.max(ratio(level) * nanosPerByte, peerNanosPerByte);
            return Math.max(ofLink, processorShare * ofProcessors);
        }

        void limitsAt(double megabytesPerSecond) {
            interval = Interval.LINK_LIMITED;
            nanosPerByte = 1000 / megabytesPerSecond;
        }
    }

    /** Costs and ratios of the levels on a block that is neither noise nor zeros. */
    private static double nanosPerByte(CompressionLevel level) {
        return switch (level) {
            case NONE -> 0;
            case LZ4 -> 1.2;
            case ZSTD_MINUS_3 -> 2;
            case ZSTD_1 -> 3;
            case ZSTD_3 -> 8;
        };
    }

    private static double ratio(CompressionLevel level) {
        return switch (level) {
            case NONE -> 1;
            case LZ4 -> 0.45;
            case ZSTD_MINUS_3 -> 0.4;
            case ZSTD_1 -> 0.32;
            case ZSTD_3 -> 0.3;
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

    private CompressionLevel settled(AdaptiveCompression selector, ByteBuffer block) {
        chosen.clear();
        for (int i = 0; i < BLOCKS; i++) {
            Choice choice = selector.select(block);
            CompressionLevel level = choice.level();
            link.inUse = level;
            selector.onCoded(
                    choice,
                    BLOCK_BYTES,
                    (int) (BLOCK_BYTES * ratio(level)),
                    (long) (BLOCK_BYTES * nanosPerByte(level)));
            nanos += (long) (BLOCK_BYTES * link.plainNanosPerByte(level));
            chosen.merge(level, i < BLOCKS / 2 ? 0 : 1, Integer::sum);
        }
        return Collections.max(chosen.entrySet(), Map.Entry.comparingByValue()).getKey();
    }

    private AdaptiveCompression selector(Set<BlockCodec> decodable) {
        return new AdaptiveCompression(link, decodable, processors, history, () -> nanos);
    }

    @Test
    void blocksStayUncompressedOnALinkThatTakesEverything() {
        AdaptiveCompression selector = selector(EnumSet.allOf(BlockCodec.class));
        assertThat(settled(selector, block(false))).isEqualTo(CompressionLevel.NONE);
        assertThat(selector.linkIsExpensive()).isFalse();
    }

    /** The stream does not wait for the link, so fewer bytes gain nothing. */
    @Test
    void compressionIsNotTriedOnALinkThatRarelyLimits() {
        link.nanosPerByte = 4;
        link.intervalsPerLimit = 8;
        link.processorShare = 1;
        settled(selector(EnumSet.allOf(BlockCodec.class)), block(false));
        assertThat(chosen).containsOnlyKeys(CompressionLevel.NONE);
    }

    @Test
    void lz4IsUsedUntilTheLinkHasShownItsPace() {
        AdaptiveCompression selector = selector(EnumSet.allOf(BlockCodec.class));
        link.interval = LinkMetrics.Interval.IN_PROGRESS;
        assertThat(selector.select(block(false)).level()).isEqualTo(CompressionLevel.LZ4);
        assertThat(selector.select(block(true)).level()).isEqualTo(CompressionLevel.NONE);
        link.interval = LinkMetrics.Interval.SENDER_LIMITED;
        assertThat(selector.select(block(false)).level()).isEqualTo(CompressionLevel.NONE);
        link.interval = LinkMetrics.Interval.BUFFERS_FILLED;
        assertThat(selector.select(block(false)).level())
                .as("only buffers")
                .isEqualTo(CompressionLevel.LZ4);
        link.interval = LinkMetrics.Interval.IN_PROGRESS;
        assertThat(selector.select(block(false)).level()).isEqualTo(CompressionLevel.LZ4);
    }

    @Test
    void levelIsHigherOnASlowerLink() {
        link.limitsAt(500);
        CompressionLevel fast = settled(selector(EnumSet.allOf(BlockCodec.class)), block(false));
        link.limitsAt(12);
        AdaptiveCompression crawling = selector(EnumSet.allOf(BlockCodec.class));
        CompressionLevel slow = settled(crawling, block(false));
        assertThat(fast).isBetween(CompressionLevel.LZ4, CompressionLevel.ZSTD_MINUS_3);
        assertThat(slow).isGreaterThanOrEqualTo(CompressionLevel.ZSTD_1);
        assertThat(crawling.linkIsExpensive()).isTrue();
    }

    /** As on a loopback: the sockets are full because the peer's processor is busy. */
    @Test
    void blocksStayUncompressedWhereProcessorsAreTheBottleneck() {
        link.limitsAt(500);
        link.processorShare = 1;
        assertThat(settled(selector(EnumSet.allOf(BlockCodec.class)), block(false)))
                .isEqualTo(CompressionLevel.NONE);
    }

    /** The peer takes a byte of compressed blocks in 7 ns, as a slow link would. */
    @Test
    void blocksStayUncompressedForASlowPeer() {
        link.interval = LinkMetrics.Interval.LINK_LIMITED;
        link.peerNanosPerByte = 3.2;
        assertThat(settled(selector(EnumSet.allOf(BlockCodec.class)), block(false)))
                .isEqualTo(CompressionLevel.NONE);
    }

    @Test
    void compressionIsNotTriedWhereItCannotWin() {
        processors = 6;
        link.limitsAt(3300);
        settled(selector(EnumSet.allOf(BlockCodec.class)), block(false));
        assertThat(chosen).containsOnlyKeys(CompressionLevel.NONE);
        link.limitsAt(1000);
        assertThat(settled(selector(EnumSet.allOf(BlockCodec.class)), block(false)))
                .isGreaterThan(CompressionLevel.NONE);
    }

    @Test
    void lz4IsUsedWhereZstandardMakesProcessorsTheBottleneck() {
        link.limitsAt(120);
        link.processorShare = 1;
        assertThat(settled(selector(EnumSet.allOf(BlockCodec.class)), block(false)))
                .isEqualTo(CompressionLevel.LZ4);
    }

    @Test
    void noiseStaysUncompressedOnAFastLink() {
        link.limitsAt(800);
        assertThat(settled(selector(EnumSet.allOf(BlockCodec.class)), block(true)))
                .isEqualTo(CompressionLevel.NONE);
    }

    @Test
    void onlyLevelsThatThePeerDecodesAreSelected() {
        link.limitsAt(12);
        AdaptiveCompression selector = selector(EnumSet.of(BlockCodec.STORED, BlockCodec.LZ4));
        assertThat(settled(selector, block(false))).isEqualTo(CompressionLevel.LZ4);
    }

    @Test
    void levelFallsWhenTheLinkBecomesFast() {
        AdaptiveCompression selector = selector(EnumSet.allOf(BlockCodec.class));
        link.limitsAt(12);
        settled(selector, block(false));
        link.interval = LinkMetrics.Interval.SENDER_LIMITED;
        assertThat(settled(selector, block(false))).isEqualTo(CompressionLevel.NONE);
    }

    @Test
    void highestLevelIsUsedOnCrawlingLinksOnly() {
        link.limitsAt(120);
        assertThat(settled(selector(EnumSet.allOf(BlockCodec.class)), block(false)))
                .isEqualTo(CompressionLevel.ZSTD_1);
        assertThat(chosen).doesNotContainKey(CompressionLevel.ZSTD_3);
        link.limitsAt(12);
        settled(selector(EnumSet.allOf(BlockCodec.class)), block(false));
        assertThat(chosen).containsKey(CompressionLevel.ZSTD_3);
    }

    @Test
    void levelFollowsTheFillOfTheSendBuffer() {
        AdaptiveCompression selector = selector(EnumSet.allOf(BlockCodec.class));
        link.limitsAt(80);
        selector.select(block(false));
        link.interval = LinkMetrics.Interval.IN_PROGRESS;
        link.sendBufferFill = 0;
        assertThat(settled(selector, block(false))).isEqualTo(CompressionLevel.LZ4);
        link.sendBufferFill = 1;
        assertThat(settled(selector, block(false))).isEqualTo(CompressionLevel.ZSTD_1);
    }

    private AdaptiveCompression afterASession(double megabytesPerSecond) {
        link.interval = LinkMetrics.Interval.SENDER_LIMITED;
        link.nanosPerByte = 0;
        if (megabytesPerSecond > 0) {
            link.limitsAt(megabytesPerSecond);
        }
        AdaptiveCompression selector = selector(EnumSet.allOf(BlockCodec.class));
        AdaptiveCompression next = selector(EnumSet.allOf(BlockCodec.class));
        settled(selector, block(false));
        selector.keepHistory();
        link.nanosPerByte = 0;
        link.interval = LinkMetrics.Interval.IN_PROGRESS;
        return next;
    }

    @Test
    void nextSessionStartsWithTheHistory() {
        AdaptiveCompression slow = afterASession(100);
        assertThat(slow.linkIsExpensive()).isTrue();
        assertThat(slow.select(block(false)).level()).isEqualTo(CompressionLevel.ZSTD_1);
        AdaptiveCompression fast = afterASession(0);
        assertThat(fast.linkIsExpensive()).isFalse();
        assertThat(fast.select(block(false)).level()).isEqualTo(CompressionLevel.NONE);
    }

    @Test
    void nextSessionDetectsALinkThatHasBecomeSlow() {
        AdaptiveCompression selector = afterASession(0);
        selector.select(block(false));
        link.interval = LinkMetrics.Interval.BUFFERS_FILLED;
        assertThat(selector.select(block(false)).level()).isEqualTo(CompressionLevel.NONE);
        link.limitsAt(100);
        assertThat(selector.select(block(false)).level()).isGreaterThan(CompressionLevel.NONE);
    }

    @Test
    void nextSessionDetectsALinkThatHasBecomeFast() {
        AdaptiveCompression selector = afterASession(100);
        link.interval = LinkMetrics.Interval.SENDER_LIMITED;
        for (int i = 0; i < 40; i++) {
            selector.select(block(false));
        }
        assertThat(selector.select(block(false)).level()).isEqualTo(CompressionLevel.NONE);
        assertThat(settled(selector, block(false))).isEqualTo(CompressionLevel.NONE);
    }

    @Test
    void concurrentSessionsDoNotChangeEachOthersHistory() {
        AdaptiveCompression one = afterASession(100);
        AdaptiveCompression other = selector(EnumSet.allOf(BlockCodec.class));
        Choice choice = one.select(block(false));
        for (int i = 0; i < 100; i++) {
            one.onCoded(choice, BLOCK_BYTES, BLOCK_BYTES, BLOCK_BYTES * 100L);
        }
        assertThat(other.select(block(false)).level()).isEqualTo(CompressionLevel.ZSTD_1);
    }
}
