package io.pageproxy.frame;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.pageproxy.frame.Frame.Abort;
import io.pageproxy.frame.Frame.Accept;
import io.pageproxy.frame.Frame.Answer;
import io.pageproxy.frame.Frame.Block;
import io.pageproxy.frame.Frame.Delivered;
import io.pageproxy.frame.Frame.End;
import io.pageproxy.frame.Frame.Hello;
import io.pageproxy.frame.Frame.Join;
import io.pageproxy.frame.Frame.Joined;
import io.pageproxy.frame.Frame.Keepalive;
import io.pageproxy.frame.Frame.Open;
import io.pageproxy.frame.Frame.Probe;
import io.pageproxy.frame.Frame.Probed;
import io.pageproxy.frame.Frame.Result;
import io.pageproxy.pagestream.RecordLayout;
import io.pageproxy.pagestream.StreamTotals;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.HostFacts;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Frames for tests, and their way to bytes and back. */
final class Frames {
    private static final HostFacts HOST = new HostFacts("x86_64", 4096);

    private static final String TOKEN = "0123456789abcdef".repeat(4);

    /** One frame of each type at least, ends of ranges included; the one data matrix. */
    static final List<Frame> CONTROL =
            List.of(
                    new Hello("pageproxy/1", HOST, Optional.of("web/2"), Optional.of("web/1"), 1),
                    new Hello("", HOST, Optional.empty(), Optional.empty(), 24L * 3600 * 1000),
                    new Accept(
                            "pageproxy/1",
                            "CRIU 4.2",
                            RecordLayout.BYTES_32,
                            "/srv/ü",
                            15_000,
                            0b101,
                            OptionalLong.of(1 << 20),
                            1L << 40,
                            LaneGrant.ONE),
                    new Accept("", "", RecordLayout.BYTES_24, "", 1),
                    new Hello("", HOST, Optional.empty(), Optional.empty(), 1, 16, 1L << 40),
                    new Accept(
                            "",
                            "",
                            RecordLayout.BYTES_24,
                            "",
                            1,
                            0,
                            OptionalLong.empty(),
                            0,
                            new LaneGrant(2, TOKEN)),
                    new Join(TOKEN, 1),
                    new Join(TOKEN, 15),
                    new Joined(15),
                    new End(StreamTotals.NONE, 0, OptionalLong.of(Long.MAX_VALUE)),
                    new Open(RecordLayout.BYTES_24),
                    new Open(RecordLayout.BYTES_32),
                    new Answer(1, 1),
                    new Answer(1, -1),
                    new Answer(4, Integer.MIN_VALUE),
                    new Answer(4, Integer.MAX_VALUE),
                    new Keepalive(),
                    new End(new StreamTotals(1, 2, 3, 4, 5, 6), 0xffff_ffff),
                    new End(new StreamTotals(Long.MAX_VALUE, 0, 0, 0, 0, 0), 0),
                    new Result(0, 3, 4, 0.25),
                    new Result(255, 0, Long.MAX_VALUE, 0),
                    new Delivered(),
                    new Abort(CloseReason.NO_SPACE, "full", Optional.of("one\ntwo")),
                    new Abort(CloseReason.SHUTDOWN, "", Optional.empty()),
                    new Probe("pageproxy/1"),
                    new Probed("pageproxy/1", "CRIU 4.2", RecordLayout.BYTES_32, HOST));

    private Frames() {}

    /** A frame's bytes; a Block's content is left to its owner. */
    static ByteBuf encode(Frame frame) {
        if (frame instanceof Block block) {
            ByteBuf out = Unpooled.buffer();
            out.writeZero(FrameLayout.BLOCK_HEADER_BYTES);
            out.writeBytes(block.content().duplicate());
            out.readerIndex(FrameLayout.BLOCK_HEADER_BYTES);
            FrameEncoder.writeBlockHeader(
                    out,
                    block.codec(),
                    block.references(),
                    block.sequence(),
                    block.rawBytes(),
                    block.checksum());
            return out;
        }
        EmbeddedChannel channel = new EmbeddedChannel(new FrameEncoder());
        channel.writeOutbound(frame);
        ByteBuf out = channel.readOutbound();
        ByteBuf copy = Unpooled.copiedBuffer(out);
        out.release();
        channel.finishAndReleaseAll();
        return copy;
    }

    /** What equals tells apart: for a Block its fields and its content's bytes. */
    static String describe(Frame frame) {
        if (frame instanceof Block block) {
            return block.sequence()
                    + " "
                    + block.codec()
                    + " "
                    + block.references()
                    + " "
                    + block.rawBytes()
                    + " "
                    + block.checksum()
                    + " "
                    + block.content().hashCode();
        }
        return frame.toString();
    }

    static void release(Object frame) {
        if (frame instanceof Block block) {
            block.content().release();
        }
    }
}
