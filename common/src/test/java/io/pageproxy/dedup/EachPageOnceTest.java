package io.pageproxy.dedup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.pageproxy.codec.BlockCompressor;
import io.pageproxy.codec.BlockDecoder;
import io.pageproxy.codec.CompressionLevel;
import io.pageproxy.frame.Frame.Block;
import io.pageproxy.frame.FrameDecoder;
import io.pageproxy.frame.FrameLayout;
import io.pageproxy.pagestream.ImageId;
import io.pageproxy.pagestream.ImageId.Kind;
import io.pageproxy.pagestream.PageFlags;
import io.pageproxy.pagestream.PageRecord;
import io.pageproxy.session.SessionException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Blocks whose pages are partly zero or known, through encoder and decoder. */
class EachPageOnceTest {
    private static final int PAGE = 4096;
    private static final int PAGES_IN_BLOCK = 16;
    private static final ImageId IMAGE = new ImageId(Kind.PROCESS, 1);

    private final List<byte[]> stream = new ArrayList<>();
    private int firstOfRound;
    private int leastDistance;
    private PageRuns runs = new PageRuns(PAGE, 0);
    private final BlockCompressor compressor = new BlockCompressor();
    private final EmbeddedChannel wire = new EmbeddedChannel(new FrameDecoder());
    private BlockDecoder decoder = new BlockDecoder(PAGE, this::append);

    private void append(long first, int pages, ByteBuf to) {
        assertThat(first + pages)
                .as("end of the pages referred to, with %d pages before the block", pagesSoFar())
                .isLessThanOrEqualTo(Math.max(firstOfRound, pagesSoFar() - leastDistance));
        for (int i = 0; i < pages; i++) {
            to.writeBytes(stream.get((int) first + i));
        }
    }

    @AfterEach
    void tidyUp() {
        wire.finishAndReleaseAll();
        compressor.close();
        decoder.close();
    }

    /** The destination decodes a block before it counts its pages. */
    private int pagesSoFar() {
        return stream.size();
    }

    private DeduplicatingEncoder encoder(CompressionLevel level, long windowBytes) {
        PageDeduplicator pages = new PageDeduplicator(PAGE, windowBytes);
        pages.begin(0, (long) leastDistance * PAGE, false);
        return new DeduplicatingEncoder(level, pages);
    }

    private Block send(DeduplicatingEncoder encoder, List<byte[]> pages) {
        int header = FrameLayout.BLOCK_HEADER_BYTES;
        ByteBuf block =
                ByteBufAllocator.DEFAULT
                        .directBuffer(header + pages.size() * PAGE)
                        .setIndex(header, header);
        runs.beginBlock(header, 0);
        runs.onRecord(
                PageRecord.pages(
                        IMAGE,
                        PageFlags.PRESENT,
                        (long) (stream.size() - firstOfRound) * PAGE,
                        pages.size()));
        pages.forEach(block::writeBytes);
        runs.onPages(block, header, block.readableBytes());
        runs.endBlock(0);
        wire.writeInbound(encoder.encode(block, runs, compressor, ByteBufAllocator.DEFAULT));
        return wire.readInbound();
    }

    private void arrives(Block block, List<byte[]> pages) {
        ByteBuf plain = decoder.decode(block, ByteBufAllocator.DEFAULT);
        byte[] expected =
                ByteBufUtil.getBytes(Unpooled.wrappedBuffer(pages.toArray(byte[][]::new)));
        assertThat(ByteBufUtil.getBytes(plain)).isEqualTo(expected);
        plain.release();
        stream.addAll(pages);
    }

    private static byte[] randomPage(Random random) {
        byte[] page = new byte[PAGE];
        random.nextBytes(page);
        return page;
    }

    @ParameterizedTest
    @EnumSource(CompressionLevel.class)
    void mixOfZeroKnownAndNewPagesRoundTrips(CompressionLevel level) {
        Random random = new Random(41);
        leastDistance = 20;
        try (DeduplicatingEncoder encoder = encoder(level, 1 << 20)) {
            for (int round = 0; round < 150; round++) {
                List<byte[]> pages = new ArrayList<>();
                while (pages.size() < 1 + random.nextInt(PAGES_IN_BLOCK)) {
                    switch (random.nextInt(3)) {
                        case 0 -> pages.add(new byte[PAGE]);
                        case 1 -> pages.add(randomPage(random));
                        default ->
                                pages.add(
                                        stream.isEmpty()
                                                ? randomPage(random)
                                                : stream.get(random.nextInt(stream.size())));
                    }
                }
                arrives(send(encoder, pages), pages);
            }
            assertThat(encoder.totals().zeroPages()).isPositive();
            assertThat(encoder.totals().repeatedPages() > 0)
                    .as("so few repeated pages only pay on an expensive link")
                    .isEqualTo(level != CompressionLevel.NONE);
        }
    }

    @Test
    void knownPageIsNotSentAgain() {
        Random random = new Random(7);
        List<byte[]> pages = new ArrayList<>();
        for (int i = 0; i < PAGES_IN_BLOCK; i++) {
            pages.add(randomPage(random));
        }
        try (DeduplicatingEncoder encoder = encoder(CompressionLevel.LZ4, 1 << 20)) {
            Block first = send(encoder, pages);
            assertThat(first.references()).isZero();
            arrives(first, pages);
            Block again = send(encoder, pages);
            assertThat(again.references()).isOne();
            assertThat(again.content().readableBytes()).isEqualTo(References.ENTRY_BYTES);
            arrives(again, pages);
        }
    }

    /**
     * Sends the stream repeatedly over a cheap link, on which omitted pages only save encryption.
     */
    @Test
    void pagesAreKeptOnAFastLinkOnceTheyRepeat() {
        Random random = new Random(8);
        List<List<byte[]>> blocks = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            List<byte[]> pages = new ArrayList<>();
            for (int page = 0; page < PAGES_IN_BLOCK; page++) {
                pages.add(randomPage(random));
            }
            blocks.add(pages);
        }
        try (DeduplicatingEncoder encoder = encoder(CompressionLevel.NONE, 2 << 20)) {
            for (List<byte[]> pages : blocks) {
                arrives(send(encoder, pages), pages);
            }
            for (List<byte[]> pages : blocks) {
                Block first = send(encoder, pages);
                assertThat(first.references()).as("nothing was kept yet").isZero();
                arrives(first, pages);
            }
            for (List<byte[]> pages : blocks) {
                arrives(send(encoder, pages), pages);
            }
            for (List<byte[]> pages : blocks) {
                Block again = send(encoder, pages);
                assertThat(again.references()).isPositive();
                arrives(again, pages);
            }
            assertThat(encoder.totals().repeatedPages()).isGreaterThan(16L * PAGES_IN_BLOCK);
        }
    }

    /** On a cheap link, copying all other pages would cost more than the saved encryption. */
    @Test
    void fewPagesAreOmittedOnlyOnAnExpensiveLink() {
        Random random = new Random(10);
        List<byte[]> pages = new ArrayList<>();
        for (int i = 0; i < PAGES_IN_BLOCK; i++) {
            pages.add(i == 5 ? new byte[PAGE] : randomPage(random));
        }
        try (DeduplicatingEncoder fast = encoder(CompressionLevel.NONE, 1 << 20);
                DeduplicatingEncoder expensive = encoder(CompressionLevel.LZ4, 1 << 20)) {
            ByteBuf content = send(fast, pages).content();
            assertThat(content.readableBytes()).isEqualTo(PAGES_IN_BLOCK * PAGE);
            content.release();
            arrives(send(expensive, pages), pages);
            assertThat(expensive.totals().zeroPages()).isOne();
        }
    }

    @Test
    void pageThatDiffersInItsLastByteIsSent() {
        byte[] page = randomPage(new Random(9));
        byte[] other = page.clone();
        other[PAGE - 1] ^= 1;
        try (DeduplicatingEncoder encoder = encoder(CompressionLevel.LZ4, 1 << 20)) {
            arrives(send(encoder, List.of(page)), List.of(page));
            Block block = send(encoder, List.of(other));
            assertThat(block.references()).isZero();
            arrives(block, List.of(other));
        }
    }

    /** Returns pages that are unchanged, slightly or mostly changed, moved, zero or new. */
    private List<byte[]> roundAfter(List<byte[]> before, Random random) {
        List<byte[]> after = new ArrayList<>();
        for (byte[] page : before) {
            byte[] next = page.clone();
            switch (random.nextInt(6)) {
                case 0 -> next[random.nextInt(PAGE)] ^= (byte) (1 << random.nextInt(8));
                case 1 -> random.nextBytes(next);
                case 2 -> next = new byte[PAGE];
                case 3 -> next = stream.get(random.nextInt(stream.size()));
                case 4 -> System.arraycopy(page, 0, next, PAGE / 2, PAGE / 2);
                default -> {} // It stays as it is.
            }
            after.add(next);
        }
        return after;
    }

    @ParameterizedTest
    @EnumSource(CompressionLevel.class)
    void roundsOfAChainRoundTrip(CompressionLevel level) {
        Random random = new Random(19);
        List<byte[]> pages = new ArrayList<>();
        for (int i = 0; i < PAGES_IN_BLOCK; i++) {
            pages.add(randomPage(random));
        }
        PageDeduplicator known = firstRound(pages);
        long changedPages = 0;
        for (int round = 0; round < 40; round++) {
            pages = roundAfter(pages, random);
            try (DeduplicatingEncoder encoder = nextRound(known, level)) {
                arrives(send(encoder, pages), pages);
                changedPages += encoder.totals().changedPages();
                known = encoder.takePages();
            }
        }
        known.close();
        assertThat(changedPages).isPositive();
    }

    /** No page can be omitted, and the references make the block longer. */
    @ParameterizedTest
    @EnumSource(CompressionLevel.class)
    void roundOfSlightlyChangedPagesRoundTrips(CompressionLevel level) {
        Random random = new Random(23);
        List<byte[]> before = List.of(randomPage(random), randomPage(random));
        List<byte[]> after = before.stream().map(byte[]::clone).toList();
        after.forEach(page -> page[100] ^= 1);
        try (DeduplicatingEncoder encoder = nextRound(firstRound(before), level)) {
            arrives(send(encoder, after), after);
            assertThat(encoder.totals().changedPages())
                    .isEqualTo(level == CompressionLevel.NONE ? 0 : 2);
        }
    }

    private PageDeduplicator firstRound(List<byte[]> pages) {
        PageDeduplicator known = new PageDeduplicator(PAGE, 1 << 20);
        known.begin(0, 0, true);
        try (DeduplicatingEncoder encoder = new DeduplicatingEncoder(CompressionLevel.LZ4, known)) {
            arrives(send(encoder, pages), pages);
            return encoder.takePages();
        }
    }

    private DeduplicatingEncoder nextRound(PageDeduplicator known) {
        return nextRound(known, CompressionLevel.LZ4);
    }

    private DeduplicatingEncoder nextRound(PageDeduplicator known, CompressionLevel level) {
        runs = new PageRuns(PAGE, stream.size());
        firstOfRound = stream.size();
        decoder.close();
        decoder = new BlockDecoder(PAGE, this::append);
        known.begin(stream.size(), 1L << 40, true);
        return new DeduplicatingEncoder(level, known);
    }

    /** Zero, equal, changed and new pages in alternation, so that all kinds are adjacent. */
    @Test
    void changesOfTheNextRoundAreSentAsDifferences() {
        Random random = new Random(11);
        List<byte[]> before = new ArrayList<>();
        for (int i = 0; i < PAGES_IN_BLOCK; i++) {
            before.add(randomPage(random));
        }
        List<byte[]> after = new ArrayList<>();
        for (int i = 0; i < PAGES_IN_BLOCK; i++) {
            byte[] page = before.get(i).clone();
            page[i * 8] ^= 1;
            switch ("dedzddenzdeezzdd".charAt(i)) {
                case 'd' -> after.add(page);
                case 'e' -> after.add(before.get(i));
                case 'z' -> after.add(new byte[PAGE]);
                default -> after.add(randomPage(random));
            }
        }
        try (DeduplicatingEncoder encoder = nextRound(firstRound(before))) {
            Block block = send(encoder, after);
            assertThat(block.content().readableBytes()).isLessThan(PAGE + PAGE / 2);
            arrives(block, after);
            assertThat(encoder.totals().zeroPages()).isEqualTo(4);
            assertThat(encoder.totals().repeatedPages()).isEqualTo(4);
            assertThat(encoder.totals().changedPages()).isEqualTo(7);
        }
    }

    @Test
    void pageThatChangedMuchIsSentWhole() {
        byte[] page = randomPage(new Random(12));
        byte[] other = page.clone();
        for (int i = 0; i < PAGE; i += 3 * Long.BYTES) {
            other[i] ^= 1;
        }
        try (DeduplicatingEncoder encoder = nextRound(firstRound(List.of(page)))) {
            Block block = send(encoder, List.of(other));
            assertThat(block.references()).isZero();
            arrives(block, List.of(other));
        }
    }

    @Test
    void roundThatDoesNotContinueAChainIsSentWhole() {
        byte[] page = randomPage(new Random(13));
        byte[] other = page.clone();
        other[9] ^= 1;
        try (DeduplicatingEncoder encoder = encoder(CompressionLevel.LZ4, 1 << 20)) {
            arrives(send(encoder, List.of(page)), List.of(page));
            firstOfRound = stream.size();
            Block block = send(encoder, List.of(other));
            assertThat(block.references()).isZero();
            arrives(block, List.of(other));
        }
    }

    @Test
    void referenceBeyondTheBlockIsRefused() {
        ByteBuf content = ByteBufAllocator.DEFAULT.directBuffer();
        content.writeInt(PAGE).writeInt(1).writeLong(References.ZERO);
        assertThatThrownBy(
                        () ->
                                decoder.decode(
                                        new Block(0, 0, 1, PAGE, 0, content),
                                        ByteBufAllocator.DEFAULT))
                .isInstanceOf(SessionException.class)
                .hasMessageContaining("does not fit into 4096 bytes");
        assertThat(content.refCnt()).isZero();
    }
}
