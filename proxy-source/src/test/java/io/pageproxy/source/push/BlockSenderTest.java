package io.pageproxy.source.push;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import io.netty.channel.embedded.EmbeddedChannel;
import io.pageproxy.codec.BlockDecoder;
import io.pageproxy.codec.BlockEncoder;
import io.pageproxy.codec.CompressionLevel;
import io.pageproxy.codec.Compressors;
import io.pageproxy.codec.LevelSelector;
import io.pageproxy.dedup.PageRuns;
import io.pageproxy.frame.Frame.Block;
import io.pageproxy.frame.Frame.End;
import io.pageproxy.frame.FrameDecoder;
import io.pageproxy.frame.FrameLayout;
import io.pageproxy.pagestream.StreamTotals;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BlockSenderTest {
    private static final PageRuns NO_PAGES = new PageRuns(4096, 0);
    private static final int BLOCKS = 60;

    private final EventLoop loop = new DefaultEventLoop();
    private final Compressors compressors = new Compressors(ByteBufAllocator.DEFAULT, 4);
    private final List<ByteBuf> frames = new ArrayList<>();
    private final AtomicInteger writabilityChanges = new AtomicInteger();
    private final CompletableFuture<Integer> framesAtEnd = new CompletableFuture<>();
    private final BlockSender.Output output =
            new BlockSender.Output() {
                @Override
                public boolean send(ByteBuf frame) {
                    return frames.add(frame);
                }

                @Override
                public boolean isWritable() {
                    return true;
                }

                @Override
                public void end(End end) {
                    framesAtEnd.complete(frames.size());
                }
            };

    @AfterEach
    void end() {
        compressors.close();
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    private BlockSender sender(CompressionLevel level) {
        return new BlockSender(
                loop,
                new BlockEncoder(LevelSelector.fixed(level)),
                Optional.empty(),
                compressors,
                output,
                writabilityChanges::incrementAndGet);
    }

    private static ByteBuf block(byte[] content) {
        int header = FrameLayout.BLOCK_HEADER_BYTES;
        return ByteBufAllocator.DEFAULT
                .directBuffer(header + content.length)
                .setIndex(header, header)
                .writeBytes(content);
    }

    /** Some contents take much longer than others, and some are too short to be compressed. */
    private static byte[] content(Random random) {
        byte[] content = new byte[random.nextBoolean() ? 500 : 1 + random.nextInt(400_000)];
        if (random.nextBoolean()) {
            random.nextBytes(content);
        }
        return content;
    }

    private <T> T onLoop(Supplier<T> action) {
        return CompletableFuture.supplyAsync(action, loop).join();
    }

    @Test
    void framesLeaveInTheOrderOfTheStreamHoweverLongEachTakes() {
        Random random = new Random(17);
        ByteArrayOutputStream sent = new ByteArrayOutputStream();
        BlockSender sender = onLoop(() -> sender(CompressionLevel.ZSTD_1));
        boolean everFull = false;
        for (int i = 0; i < BLOCKS; i++) {
            byte[] content = content(random);
            sent.writeBytes(content);
            everFull |=
                    onLoop(
                            () -> {
                                sender.send(block(content), NO_PAGES);
                                return !sender.isWritable();
                            });
        }
        loop.execute(() -> sender.end(StreamTotals.NONE));
        assertThat(framesAtEnd.join()).isEqualTo(BLOCKS);
        assertThat(writabilityChanges.get() > 0).isEqualTo(everFull);
        assertThat(arrived()).isEqualTo(sent.toByteArray());
        loop.execute(sender::close);
    }

    private byte[] arrived() {
        ByteArrayOutputStream arrived = new ByteArrayOutputStream();
        EmbeddedChannel wire = new EmbeddedChannel(new FrameDecoder());
        try (BlockDecoder decoder =
                new BlockDecoder(
                        4096,
                        (first, pages, to) -> {
                            throw new IllegalStateException("nothing refers to a page");
                        })) {
            wire.writeInbound(frames.toArray());
            for (Block block; (block = wire.readInbound()) != null; ) {
                ByteBuf plain = decoder.decode(block, ByteBufAllocator.DEFAULT);
                arrived.writeBytes(ByteBufUtil.getBytes(plain));
                plain.release();
            }
        }
        wire.finishAndReleaseAll();
        return arrived.toByteArray();
    }

    @Test
    void blocksThatComeBackAfterCloseAreReleased() throws Exception {
        List<ByteBuf> blocks = new ArrayList<>();
        onLoop(
                () -> {
                    BlockSender sender = sender(CompressionLevel.ZSTD_3);
                    for (int i = 0; i < BLOCKS; i++) {
                        ByteBuf block = block(new byte[200_000]);
                        blocks.add(block);
                        sender.send(block, NO_PAGES);
                    }
                    sender.close();
                    return null;
                });
        compressors.close();
        assertThat(compressors.awaitEnd(10, TimeUnit.SECONDS)).isTrue();
        assertThat(onLoop(frames::size)).isZero();
        assertThat(blocks).allSatisfy(block -> assertThat(block.refCnt()).isZero());
    }
}
