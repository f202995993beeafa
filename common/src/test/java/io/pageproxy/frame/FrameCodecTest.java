package io.pageproxy.frame;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.pageproxy.frame.Frame.Abort;
import io.pageproxy.frame.Frame.Attach;
import io.pageproxy.frame.Frame.Block;
import io.pageproxy.frame.Frame.Foresee;
import io.pageproxy.frame.Frame.Hello;
import io.pageproxy.frame.TreeNeeds.CopyNeed;
import io.pageproxy.frame.TreeNeeds.FileNeed;
import io.pageproxy.pagestream.RecordLayout;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.HostFacts;
import io.pageproxy.session.Side;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class FrameCodecTest {
    private static final List<Frame> CONTROL = Frames.CONTROL;

    private final CountedAllocations allocator = new CountedAllocations();
    private final EmbeddedChannel channel = channel(allocator);

    private static EmbeddedChannel channel(CountedAllocations allocator) {
        EmbeddedChannel channel = new EmbeddedChannel();
        channel.config().setAllocator(allocator);
        channel.pipeline().addLast(new FrameDecoder());
        return channel;
    }

    @AfterEach
    void assertNothingLeaks() {
        channel.finishAndReleaseAll();
        assertThat(allocator.heldBytes()).isZero();
    }

    private Frame decode(ByteBuf bytes) {
        channel.writeInbound(bytes);
        return channel.readInbound();
    }

    @ParameterizedTest
    @FieldSource("CONTROL")
    void controlFrameRoundTrips(Frame frame) {
        assertThat(decode(Frames.encode(frame))).isEqualTo(frame);
    }

    @Test
    void everyFrameTypeIsTested() {
        Stream<Class<?>> types = Stream.of(Frame.class.getPermittedSubclasses());
        assertThat(types.filter(type -> type != Block.class))
                .allSatisfy(type -> assertThat(CONTROL).anyMatch(type::isInstance));
    }

    @Test
    void stoppingWhileASessionDependsOnThePeerIsAFailure() {
        Abort stopped = new Abort(CloseReason.STOPPED_IDLE, "told to stop", Optional.empty());
        assertThat(stopped.outcome(Side.DESTINATION, true).reason())
                .isEqualTo(CloseReason.STOPPED_IDLE);
        assertThat(stopped.outcome(Side.DESTINATION, false).reason())
                .isEqualTo(CloseReason.SHUTDOWN);
        Abort full = new Abort(CloseReason.NO_SPACE, "disk", Optional.empty());
        assertThat(full.outcome(Side.DESTINATION, true).reason()).isEqualTo(CloseReason.NO_SPACE);
    }

    @Test
    void onlyADestinationMayAddDetailToItsAbort() {
        Abort abort = new Abort(CloseReason.PAGE_SERVER_FAILED, "failed", Optional.of("its log"));
        assertThat(abort.outcome(Side.DESTINATION, false).detail()).contains("its log");
        assertThat(abort.outcome(Side.SOURCE, false).detail()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 65_535, FrameLayout.MAX_BLOCK_BYTES})
    void blockRoundTrips(int contentBytes) {
        byte[] content = new byte[contentBytes];
        new Random(contentBytes).nextBytes(content);
        Block sent =
                new Block(
                        Long.MAX_VALUE,
                        255,
                        0,
                        FrameLayout.MAX_BLOCK_BYTES,
                        0x89abcdef,
                        Unpooled.wrappedBuffer(content));
        Frame came = decode(Frames.encode(sent));
        assertThat(Frames.describe(came)).isEqualTo(Frames.describe(sent));
        Frames.release(came);
    }

    static Stream<Long> seeds() {
        return new Random(7).longs(40).boxed();
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void generatedControlFrameRoundTrips(long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < 100; i++) {
            Frame frame = Frames.generated(random);
            assertThat(decode(Frames.encode(frame))).isEqualTo(frame);
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void framesDoNotDependOnReadBoundaries(long seed) {
        Random random = new Random(seed);
        ByteBuf wire = Unpooled.buffer();
        List<String> sent = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            Frame frame = random.nextInt(3) == 0 ? block(random, i) : control(random);
            sent.add(Frames.describe(frame));
            wire.writeBytes(Frames.encode(frame));
        }
        List<String> came = new ArrayList<>();
        while (wire.isReadable()) {
            int most = random.nextBoolean() ? 3 : 5000;
            int bytes = Math.min(1 + random.nextInt(most), wire.readableBytes());
            channel.writeInbound(wire.readRetainedSlice(bytes));
            for (Frame frame; (frame = channel.readInbound()) != null; ) {
                came.add(Frames.describe(frame));
                Frames.release(frame);
            }
        }
        assertThat(came).isEqualTo(sent);
    }

    private static Frame control(Random random) {
        return CONTROL.get(random.nextInt(CONTROL.size()));
    }

    private static Block block(Random random, int sequence) {
        byte[] content = new byte[1 + random.nextInt(4000)];
        random.nextBytes(content);
        return new Block(
                sequence,
                1,
                0,
                content.length + 7,
                random.nextInt(),
                Unpooled.wrappedBuffer(content));
    }

    @Test
    void longestTextsFitIntoFrames() {
        String text = "€".repeat(20_000);
        List<Frame> long2 =
                List.of(
                        new Hello(
                                "agent",
                                new HostFacts("x86_64", 4096),
                                Optional.of(text),
                                Optional.of(text),
                                1,
                                1,
                                0),
                        Frames.accept("agent", text, RecordLayout.BYTES_24, text, 1),
                        new Abort(CloseReason.NO_SPACE, text, Optional.of(text)),
                        new Abort(
                                CloseReason.NO_SPACE,
                                "m".repeat(8192),
                                Optional.of("d".repeat(8192))),
                        new Foresee(
                                new Attach("agent", Optional.of("s".repeat(200)), true, true, 1),
                                new HostFacts("x86_64", 4096),
                                new TreeNeeds(
                                        1,
                                        Collections.nCopies(5_000, 4_194_304L),
                                        Collections.nCopies(5_000, "tcp:192.0.2.1:8080"),
                                        Optional.of("x".repeat(3_000)),
                                        Collections.nCopies(
                                                500, new FileNeed("/usr/lib/a.so", 1L << 40)),
                                        true,
                                        Collections.nCopies(
                                                16,
                                                new CopyNeed(
                                                        Optional.of("/" + "\u20ac".repeat(200)),
                                                        1)))));
        for (Frame frame : long2) {
            assertThat(decode(Frames.encode(frame))).isInstanceOf(frame.getClass());
        }
    }

    @Test
    void logTailOf4KibArrivesComplete() {
        Abort abort = new Abort(CloseReason.NO_SPACE, "full", Optional.of("x".repeat(4096)));
        assertThat(decode(Frames.encode(abort))).isEqualTo(abort);
    }
}
