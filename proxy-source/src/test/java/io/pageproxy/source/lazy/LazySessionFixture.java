package io.pageproxy.source.lazy;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.pageproxy.codec.CodecChoice;
import io.pageproxy.frame.Frame;
import io.pageproxy.frame.Frame.Block;
import io.pageproxy.frame.FrameDecoder;
import io.pageproxy.frame.FrameEncoder;
import io.pageproxy.local.LocalUsers;
import io.pageproxy.net.Endpoint;
import io.pageproxy.net.HostPort;
import io.pageproxy.pagestream.ImageId;
import io.pageproxy.pagestream.PageFlags;
import io.pageproxy.pagestream.PageRecord;
import io.pageproxy.pagestream.PageRequest;
import io.pageproxy.pagestream.RecordLayout;
import io.pageproxy.peer.PeerIdentity;
import io.pageproxy.peer.PeerNames;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.HostFacts;
import io.pageproxy.session.SessionException;
import io.pageproxy.session.SessionReport;
import io.pageproxy.session.Timeouts;
import io.pageproxy.source.Accepts;
import io.pageproxy.tls.TlsSessionInfo;
import io.pageproxy.tunnel.KeepaliveHandler;
import io.pageproxy.tunnel.Tunnel;
import io.pageproxy.tunnel.WireCounter;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;

/** A lazy session between a scripted CRIU and a scripted peer. */
abstract class LazySessionFixture {
    static final int PAGE = 4096;
    static final RecordLayout LAYOUT = RecordLayout.BYTES_32;
    static final HostFacts HOST = new HostFacts("x86_64", PAGE);
    static final PageRequest WANTED = new PageRequest(2, 0x10_0000, 258);
    static final String CLOSE = "2310";

    final EmbeddedChannel wire = new EmbeddedChannel();
    final EmbeddedChannel peer = new EmbeddedChannel(new FrameDecoder());
    final List<Frame> peerHeard = new ArrayList<>();
    final LazySession session;
    boolean descriptorsLeft = true;
    EmbeddedChannel criu;

    LazySessionFixture() {
        wire.freezeTime();
        wire.pipeline()
                .addLast(new WireCounter(), new FrameEncoder(), new KeepaliveHandler(15_000));
        HostPort nobody = new HostPort("127.0.0.1", 1);
        LazyConfig config =
                new LazyConfig(
                        new Endpoint.Tcp(new HostPort("dest", 1)),
                        nobody,
                        false,
                        LocalUsers.anybody(),
                        Optional.of("web"),
                        CodecChoice.LZ4,
                        HOST,
                        Timeouts.DEFAULT,
                        "source",
                        Optional.empty());
        session =
                new LazySession(
                        config,
                        wire.eventLoop(),
                        (loop, listener, wanted) -> {},
                        dumper -> isKnown());
    }

    void tunnelIsUp() {
        PeerIdentity dest = new PeerIdentity("dest", "", PeerNames.NONE);
        session.onTunnelUp(new Tunnel(wire, new TlsSessionInfo("TLSv1.3", "", "", dest)));
    }

    boolean isKnown() throws IOException {
        if (!descriptorsLeft) {
            throw new IOException(
                    "netlink's socket for sock_diag cannot be had: Too many open files");
        }
        return true;
    }

    @AfterEach
    void nothingIsLeftOpen() {
        session.fail(CloseReason.SHUTDOWN, "the test is over");
        peerHears();
        for (Frame frame : peerHeard) {
            if (frame instanceof Block block && block.content().refCnt() > 0) {
                block.content().release();
            }
        }
        wire.finishAndReleaseAll();
        peer.finishAndReleaseAll();
        if (criu != null) {
            criu.finishAndReleaseAll();
        }
    }

    void accepted() {
        peerSays(Accepts.of(LAYOUT, "", 15_000));
    }

    void criuComes() {
        criu = new EmbeddedChannel(new LazyDumperInitializer(session));
    }

    void peerSays(Frame frame) {
        try {
            session.onFrame(frame);
        } catch (SessionException e) {
            session.onTunnelFailure(e.reason(), e.getMessage());
        }
    }

    List<Frame> peerHears() {
        for (ByteBuf bytes; (bytes = wire.readOutbound()) != null; ) {
            peer.writeInbound(bytes);
        }
        for (Frame frame; (frame = peer.readInbound()) != null; ) {
            peerHeard.add(frame);
        }
        return peerHeard;
    }

    String criuHears() {
        StringBuilder heard = new StringBuilder();
        for (ByteBuf bytes; (bytes = criu.readOutbound()) != null; ) {
            heard.append(ByteBufUtil.hexDump(bytes));
            bytes.release();
        }
        return heard.toString();
    }

    static String asked(PageRequest request) {
        ByteBuf out = Unpooled.buffer();
        request.write(LAYOUT, out);
        return ByteBufUtil.hexDump(out);
    }

    static ByteBuf answer(PageRequest request) {
        ByteBuf out = Unpooled.buffer();
        LAYOUT.write(
                PageRecord.pages(
                        ImageId.ofDstId(request.dstId()),
                        PageFlags.PRESENT,
                        request.vaddr(),
                        request.nrPages()),
                out);
        return out.writeZero((int) request.nrPages() * PAGE);
    }

    SessionReport over() {
        wire.runPendingTasks();
        peerHears();
        wire.close();
        wire.runPendingTasks();
        assertThat(session.report()).isDone();
        return session.report().join();
    }

    void assertFailed(CloseReason reason) {
        assertThat(over().outcome().reason()).isEqualTo(reason);
        if (criu != null) {
            assertThat(criu.isOpen()).as("CRIU's socket is open").isFalse();
            assertThat(criuHears()).doesNotContain(CLOSE);
        }
    }
}
