package io.pageproxy.frame;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.pageproxy.frame.Frame.Block;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Feeds arbitrary bytes of a peer, split into arbitrary reads. */
class FrameDecoderFuzz {
    private static final int MAX_PIECE_BYTES = 40;

    /** The decoded frames up to the end or the first error, and the error. */
    private record Decoded(List<String> frames, String refusal) {}

    static Stream<Arguments> seeds() {
        Stream<Frame> blocks =
                Stream.of(
                        new Block(0, 0, 0, 3, 7, Unpooled.wrappedBuffer(new byte[] {1, 2, 3})),
                        new Block(1, 1, 1, 900, 7, Unpooled.wrappedBuffer(new byte[40])));
        List<ByteBuf> single =
                Stream.concat(Frames.CONTROL.stream(), blocks).map(Frames::encode).toList();
        ByteBuf all = Unpooled.wrappedBuffer(single.toArray(ByteBuf[]::new));
        return Stream.concat(single.stream(), Stream.of(all))
                .map(wire -> Arguments.of((Object) bytes(wire)));
    }

    private static byte[] bytes(ByteBuf wire) {
        byte[] bytes = new byte[wire.readableBytes()];
        wire.getBytes(wire.readerIndex(), bytes);
        return bytes;
    }

    @MethodSource("seeds")
    @FuzzTest
    void resultDoesNotDependOnReadBoundaries(byte[] wire) {
        assertThat(decode(wire, true)).isEqualTo(decode(wire, false));
    }

    private static Decoded decode(byte[] wire, boolean inPieces) {
        CountedAllocations allocator = new CountedAllocations();
        EmbeddedChannel channel = new EmbeddedChannel();
        channel.config().setAllocator(allocator);
        channel.pipeline().addLast(new FrameDecoder());
        Random cuts = new Random(Arrays.hashCode(wire));
        List<String> frames = new ArrayList<>();
        String refusal = null;
        for (int at = 0; at < wire.length; ) {
            int left = wire.length - at;
            int bytes = inPieces ? Math.min(1 + cuts.nextInt(MAX_PIECE_BYTES), left) : left;
            try {
                channel.writeInbound(Unpooled.copiedBuffer(wire, at, bytes));
            } catch (FrameException e) {
                assertThat(refusal).as("a second refusal").isNull();
                refusal = e.getMessage();
            }
            at += bytes;
            collectFrames(channel, frames);
        }
        channel.finishAndReleaseAll();
        assertThat(allocator.heldBytes()).as("leaked bytes").isZero();
        assertThat(allocator.largestBytes()).isLessThanOrEqualTo(FrameLayout.MAX_BLOCK_BYTES);
        return new Decoded(frames, refusal);
    }

    private static void collectFrames(EmbeddedChannel channel, List<String> frames) {
        for (Frame frame; (frame = channel.readInbound()) != null; ) {
            String description = Frames.describe(frame);
            if (frame instanceof Block) {
                Frame copy = again(frame);
                assertThat(Frames.describe(copy)).isEqualTo(description);
                Frames.release(copy);
            }
            frames.add(description);
            Frames.release(frame);
        }
    }

    private static Frame again(Frame frame) {
        EmbeddedChannel channel = new EmbeddedChannel(new FrameDecoder());
        channel.writeInbound(Frames.encode(frame));
        Frame again = channel.readInbound();
        channel.finishAndReleaseAll();
        return again;
    }
}
