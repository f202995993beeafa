package io.pageproxy.frame;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.pageproxy.frame.Frame.Abort;
import io.pageproxy.frame.Frame.Accept;
import io.pageproxy.frame.Frame.Answer;
import io.pageproxy.frame.Frame.Attach;
import io.pageproxy.frame.Frame.Attached;
import io.pageproxy.frame.Frame.Block;
import io.pageproxy.frame.Frame.Commit;
import io.pageproxy.frame.Frame.Committed;
import io.pageproxy.frame.Frame.Delivered;
import io.pageproxy.frame.Frame.Done;
import io.pageproxy.frame.Frame.End;
import io.pageproxy.frame.Frame.File;
import io.pageproxy.frame.Frame.FileEnd;
import io.pageproxy.frame.Frame.FilesEnd;
import io.pageproxy.frame.Frame.Foresee;
import io.pageproxy.frame.Frame.Foreseen;
import io.pageproxy.frame.Frame.Get;
import io.pageproxy.frame.Frame.Hello;
import io.pageproxy.frame.Frame.Join;
import io.pageproxy.frame.Frame.Joined;
import io.pageproxy.frame.Frame.Keepalive;
import io.pageproxy.frame.Frame.Open;
import io.pageproxy.frame.Frame.Probe;
import io.pageproxy.frame.Frame.Probed;
import io.pageproxy.frame.Frame.Recommit;
import io.pageproxy.frame.Frame.Result;
import io.pageproxy.frame.Frame.Staged;
import io.pageproxy.frame.Frame.Sync;
import io.pageproxy.frame.Frame.SyncEnd;
import io.pageproxy.frame.Frame.SyncReady;
import io.pageproxy.frame.Frame.TurnLazy;
import io.pageproxy.pagestream.PageRequest;
import io.pageproxy.pagestream.RecordLayout;
import io.pageproxy.pagestream.StreamTotals;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.HostFacts;
import io.pageproxy.session.SessionRole;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;

/** Frames for tests, with encoding and decoding. */
final class Frames {
    private static final HostFacts HOST = new HostFacts("x86_64", 4096);

    private static final String MIGRATION = "0123456789abcdef".repeat(2);

    private static final String TOKEN = "0123456789abcdef".repeat(4);

    /** At least one frame of each type, including values at the ends of ranges. */
    static final List<Frame> CONTROL =
            List.of(
                    new Hello(
                            "pageproxy/1",
                            HOST,
                            Optional.of("web/2"),
                            Optional.of("web/1"),
                            1,
                            1,
                            0),
                    new Hello(
                            "", HOST, Optional.empty(), Optional.empty(), 24L * 3600 * 1000, 1, 0),
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
                    Frames.accept("", "", RecordLayout.BYTES_24, "", 1),
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
                    new Hello(
                            "",
                            HOST,
                            Optional.empty(),
                            Optional.empty(),
                            1,
                            1,
                            0,
                            SessionRole.LAZY),
                    new Get(new PageRequest(1, 0, 0), false),
                    new Get(
                            new PageRequest(
                                    PageRequest.MAX_NR_PAGES, Long.MAX_VALUE, Long.MAX_VALUE),
                            true),
                    new Done(),
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
                    new Delivered(true),
                    new Abort(CloseReason.STOPPED_IDLE, "told to stop", Optional.empty()),
                    new Abort(CloseReason.NO_SPACE, "full", Optional.of("one\ntwo")),
                    new Abort(CloseReason.SHUTDOWN, "", Optional.empty()),
                    new Attach("pageproxy/1", Optional.of("web/2"), true, true, 1),
                    new Attach("", Optional.empty(), false, false, 24L * 3600 * 1000),
                    new Attach(
                            "",
                            Optional.empty(),
                            true,
                            false,
                            1,
                            Optional.empty(),
                            Optional.of("web"),
                            true),
                    new Attached("", 1, TOKEN, false, false, false, true),
                    new Sync(TOKEN, Optional.of("/srv/ü"), false, 1),
                    new Sync(TOKEN, Optional.empty(), true, 24L * 3600 * 1000),
                    new SyncReady(),
                    new SyncEnd(0, Optional.empty()),
                    new SyncEnd(255, Optional.of("one\ntwo")),
                    new Attach(
                            "",
                            Optional.empty(),
                            true,
                            false,
                            1,
                            Optional.of(MIGRATION),
                            Optional.empty(),
                            true),
                    new Attach(
                            "",
                            Optional.empty(),
                            true,
                            false,
                            1,
                            Optional.empty(),
                            Optional.of("web"),
                            false),
                    new Hello(
                            "",
                            HOST,
                            Optional.empty(),
                            Optional.empty(),
                            1,
                            1,
                            0,
                            SessionRole.LAZY,
                            Optional.of(MIGRATION),
                            Long.MAX_VALUE),
                    new Attached("pageproxy/1", 15_000, TOKEN),
                    new Attached("pageproxy/1", 15_000, TOKEN, true, false, false),
                    new Attached("pageproxy/1", 15_000, TOKEN, false, true, false),
                    new Attached("pageproxy/1", 15_000, TOKEN, false, false, true),
                    new TurnLazy("web-3"),
                    new File("core-1.img", 0),
                    new File("ü", Long.MAX_VALUE),
                    new FileEnd(TOKEN),
                    new FilesEnd(3, Long.MAX_VALUE),
                    new Staged(0.25, 0),
                    new Commit(),
                    new Committed(OptionalLong.of(4711), 1.5),
                    new Committed(OptionalLong.empty(), 0),
                    new Recommit(TOKEN, 15_000),
                    new Foresee(
                            new Attach("pageproxy/1", Optional.of("web"), true, false, 15_000),
                            HOST,
                            new TreeNeeds(0, List.of(), List.of(), Optional.empty(), List.of())),
                    new Foresee(
                            new Attach("pageproxy/1", Optional.of("web"), true, true, 15_000),
                            HOST,
                            new TreeNeeds(
                                    1L << 40,
                                    List.of(1L, 4_194_304L),
                                    List.of("tcp:127.0.0.1:8080", "udp6:0:0:0:0:0:0:0:1:53"),
                                    Optional.of("VUlV"),
                                    List.of(
                                            new TreeNeeds.FileNeed("/usr/bin/a b", 0),
                                            new TreeNeeds.FileNeed("/lib/x.so", 1L << 40)),
                                    true,
                                    List.of(
                                            new TreeNeeds.CopyNeed(Optional.empty(), 0),
                                            new TreeNeeds.CopyNeed(
                                                    Optional.of("/srv/f\u00fcr alle"), 1L << 40)))),
                    new Foreseen(List.of()),
                    new Foreseen(
                            List.of(
                                    Remark.passed("pids", "3 are free"),
                                    Remark.failed("ports", "tcp|8080: taken"),
                                    Remark.skipped("files", ""))),
                    new Probe("pageproxy/1"),
                    new Probed("pageproxy/1", "CRIU 4.2", RecordLayout.BYTES_32, HOST));

    private Frames() {}

    /** Generates a frame other than a Block with arbitrary valid values. */
    static Frame generated(Random random) {
        RecordLayout layout = random.nextBoolean() ? RecordLayout.BYTES_24 : RecordLayout.BYTES_32;
        HostFacts host = new HostFacts(text(random), 4096 << random.nextInt(5));
        int severalLanes = 2 + random.nextInt(LaneGrant.MAX_LANES - 1);
        LaneGrant grant =
                random.nextBoolean() ? LaneGrant.ONE : new LaneGrant(severalLanes, token(random));
        long millis = 1 + random.nextLong(24L * 3600 * 1000);
        return switch (random.nextInt(27)) {
            case 0 ->
                    new Hello(
                            text(random),
                            host,
                            optionalText(random),
                            optionalText(random),
                            millis,
                            grant.lanes(),
                            count(random),
                            random.nextBoolean() ? SessionRole.PUSH : SessionRole.LAZY);
            case 1 ->
                    new Accept(
                            text(random),
                            text(random),
                            layout,
                            text(random),
                            millis,
                            count(random),
                            optionalCount(random),
                            count(random),
                            grant);
            case 2 -> new Open(layout);
            case 3 -> new Answer(1 + random.nextInt(4), random.nextInt());
            case 4 -> new Keepalive();
            case 5 -> new End(totals(random), random.nextInt(), optionalCount(random));
            case 6 ->
                    new Result(
                            random.nextInt(256),
                            count(random),
                            count(random),
                            random.nextLong(1L << 50) / 1e6);
            case 7 -> new Delivered(random.nextBoolean());
            case 8 -> new Abort(CloseReason.NO_SPACE, text(random), optionalText(random));
            case 9 -> new Probe(text(random));
            case 10 -> new Probed(text(random), text(random), layout, host);
            case 11 -> new Join(token(random), severalLanes - 1);
            case 20 ->
                    new Get(
                            new PageRequest(
                                    1 + random.nextLong(PageRequest.MAX_NR_PAGES),
                                    count(random),
                                    count(random)),
                            random.nextBoolean());
            case 21 -> new Done();
            case 12 ->
                    new Attach(
                            text(random),
                            optionalText(random),
                            random.nextBoolean(),
                            random.nextBoolean(),
                            millis,
                            Optional.empty(),
                            optionalText(random),
                            random.nextBoolean());
            case 13 ->
                    new Attached(
                            text(random),
                            millis,
                            token(random),
                            random.nextBoolean(),
                            random.nextBoolean(),
                            random.nextBoolean());
            case 14 -> new File(text(random), count(random));
            case 15 -> new FileEnd(token(random));
            case 16 -> new FilesEnd(count(random), count(random));
            case 17 -> new Staged(random.nextLong(1L << 50) / 1e6, 0);
            case 18 -> new Commit();
            case 19 -> new Committed(optionalCount(random), random.nextLong(1L << 50) / 1e6);
            case 22 -> new Recommit(token(random), millis);
            case 24 ->
                    new Foresee(
                            new Attach(
                                    text(random),
                                    optionalText(random),
                                    random.nextBoolean(),
                                    random.nextBoolean(),
                                    millis),
                            host,
                            new TreeNeeds(
                                    count(random),
                                    List.of(1 + random.nextLong(4_000_000)),
                                    List.of("tcp:192.0.2.1:" + random.nextInt(65_536)),
                                    random.nextBoolean()
                                            ? Optional.of(token(random))
                                            : Optional.empty(),
                                    List.of(
                                            new TreeNeeds.FileNeed(
                                                    "/" + token(random), random.nextInt(1 << 30))),
                                    random.nextBoolean(),
                                    List.of(
                                            new TreeNeeds.CopyNeed(
                                                    Optional.empty(), random.nextInt(1 << 30)))));
            case 25 -> new Foreseen(List.of(Remark.failed(token(random), token(random))));
            case 26 -> new TurnLazy(text(random));
            default -> new Joined(severalLanes - 1);
        };
    }

    private static String text(Random random) {
        return random.ints(random.nextInt(40), ' ', 0x2fff)
                .filter(c -> Character.isLetterOrDigit(c) || c == ' ' || c == '/')
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    private static Optional<String> optionalText(Random random) {
        return random.nextBoolean() ? Optional.of(text(random)) : Optional.empty();
    }

    private static String token(Random random) {
        byte[] token = new byte[32];
        random.nextBytes(token);
        return HexFormat.of().formatHex(token);
    }

    /** Generates a number of arbitrary bit length. */
    private static long count(Random random) {
        return random.nextLong() >>> (1 + random.nextInt(Long.SIZE - 1));
    }

    private static OptionalLong optionalCount(Random random) {
        return random.nextBoolean() ? OptionalLong.of(count(random)) : OptionalLong.empty();
    }

    private static StreamTotals totals(Random random) {
        return new StreamTotals(
                count(random),
                count(random),
                count(random),
                count(random),
                count(random),
                count(random));
    }

    /** Encodes a frame; the content of a Block stays with its owner. */
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

    /**
     * Describes a frame so that equal texts mean equal frames; for a Block, its fields and content.
     */
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

    /** The answer of a destination that decodes stored blocks and LZ4 only, for one lane. */
    static Accept accept(
            String agent,
            String criuVersion,
            RecordLayout layout,
            String imagesFolder,
            long peerTimeoutMillis) {
        return new Accept(
                agent,
                criuVersion,
                layout,
                imagesFolder,
                peerTimeoutMillis,
                Accept.STORED_AND_LZ4,
                OptionalLong.empty(),
                0,
                LaneGrant.ONE);
    }
}
