package io.pageproxy.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import io.netty.channel.embedded.EmbeddedChannel;
import io.pageproxy.dedup.PageRuns;
import io.pageproxy.frame.Frame.Block;
import io.pageproxy.frame.FrameDecoder;
import io.pageproxy.frame.FrameLayout;
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

class CodingStageTest {
    private static final PageRuns NO_PAGES = new PageRuns(4096, 0);
    private static final int BLOCKS = 60;

    private final EventLoop loop = new DefaultEventLoop();
    private final Compressors compressors = new Compressors(ByteBufAllocator.DEFAULT, 4);
    private final List<ByteBuf> frames = new ArrayList<>();
    private final AtomicInteger roomAgain = new AtomicInteger();

    @AfterEach
    void end() {
        compressors.close();
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    private CodingStage stage(CompressionLevel level) {
        return new CodingStage(
                loop,
                new BlockEncoder(LevelSelector.fixed(level), Optional.empty()),
                compressors,
                frames::add,
                roomAgain::incrementAndGet);
    }

    private static ByteBuf block(byte[] content) {
        int header = FrameLayout.BLOCK_HEADER_BYTES;
        return ByteBufAllocator.DEFAULT
                .directBuffer(header + content.length)
                .setIndex(header, header)
                .writeBytes(content);
    }

    /** Some take much longer than others, and some are too short to be compressed at all. */
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
    void blocksComeOutInTheirOrderHoweverLongEachTakes() {
        Random random = new Random(17);
        ByteArrayOutputStream sent = new ByteArrayOutputStream();
        CodingStage stage = onLoop(() -> stage(CompressionLevel.ZSTD_1));
        CompletableFuture<Integer> framesAtEnd = new CompletableFuture<>();
        boolean everFull = false;
        for (int i = 0; i < BLOCKS; i++) {
            byte[] content = content(random);
            sent.writeBytes(content);
            everFull |=
                    onLoop(
                            () -> {
                                stage.add(block(content), NO_PAGES);
                                return stage.isFull();
                            });
        }
        loop.execute(() -> stage.afterAll(() -> framesAtEnd.complete(frames.size())));
        assertThat(framesAtEnd.join()).isEqualTo(BLOCKS);
        assertThat(roomAgain.get() > 0).isEqualTo(everFull);
        assertThat(arrived()).isEqualTo(sent.toByteArray());
        loop.execute(stage::close);
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
    void whatComesBackAfterTheEndIsReleasedAndGoesNowhere() throws Exception {
        List<ByteBuf> blocks = new ArrayList<>();
        onLoop(
                () -> {
                    CodingStage stage = stage(CompressionLevel.ZSTD_3);
                    for (int i = 0; i < BLOCKS; i++) {
                        ByteBuf block = block(new byte[200_000]);
                        blocks.add(block);
                        stage.add(block, NO_PAGES);
                    }
                    stage.close();
                    return null;
                });
        compressors.close();
        assertThat(compressors.awaitEnd(10, TimeUnit.SECONDS)).isTrue();
        assertThat(onLoop(frames::size)).isZero();
        assertThat(blocks).allSatisfy(block -> assertThat(block.refCnt()).isZero());
    }
}
