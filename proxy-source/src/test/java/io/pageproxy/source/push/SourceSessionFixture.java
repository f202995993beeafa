package io.pageproxy.source.push;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.pageproxy.codec.CodecChoice;
import io.pageproxy.codec.Compressors;
import io.pageproxy.frame.Frame;
import io.pageproxy.frame.Frame.Abort;
import io.pageproxy.frame.Frame.Accept;
import io.pageproxy.frame.Frame.Answer;
import io.pageproxy.frame.Frame.Block;
import io.pageproxy.frame.Frame.Delivered;
import io.pageproxy.frame.Frame.Hello;
import io.pageproxy.frame.Frame.Result;
import io.pageproxy.frame.FrameDecoder;
import io.pageproxy.frame.FrameEncoder;
import io.pageproxy.net.Endpoint;
import io.pageproxy.net.HostPort;
import io.pageproxy.pagestream.ImageId;
import io.pageproxy.pagestream.ImageId.Kind;
import io.pageproxy.pagestream.PageCommand;
import io.pageproxy.pagestream.PageRecord;
import io.pageproxy.pagestream.RecordLayout;
import io.pageproxy.peer.PeerIdentity;
import io.pageproxy.peer.PeerNames;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.HostFacts;
import io.pageproxy.session.SessionException;
import io.pageproxy.session.SessionReport;
import io.pageproxy.source.Accepts;
import io.pageproxy.source.adaptive.SharedLink;
import io.pageproxy.source.dumper.Dumper;
import io.pageproxy.source.dumper.ScriptedDumper;
import io.pageproxy.tls.TlsSessionInfo;
import io.pageproxy.tunnel.KeepaliveHandler;
import io.pageproxy.tunnel.Tunnel;
import io.pageproxy.tunnel.TunnelListener;
import io.pageproxy.tunnel.WireCounter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;

/** A source session between a scripted dumper and a scripted peer. */
abstract class SourceSessionFixture {
    static final String STATUS_GOOD = "00000000";
    static final String STATUS_FAILED = "ffffffff";
    static final ImageId IMAGE = new ImageId(Kind.PROCESS, 1);
    static final HostFacts HOST = new HostFacts("x86_64", ScriptedDumper.PAGE_SIZE_BYTES);
    static final Accept ACCEPT = Accepts.of(RecordLayout.BYTES_32, "/srv/web", 15_000);
    static final Result WHOLE = new Result(0, 1, 0, 0.1);

    final SharedLink sharedLink = new SharedLink();
    final EmbeddedChannel wire = new EmbeddedChannel();
    final EmbeddedChannel peer = new EmbeddedChannel(new FrameDecoder());
    final List<Frame> peerHeard = new ArrayList<>();
    final List<Dumper> released = new ArrayList<>();
    ScriptedDumper dumper;
    TunnelListener furtherLane;
    SourceSession session = session(DumpJudge.NOBODY);

    SourceSessionFixture() {
        wire.freezeTime();
        wire.pipeline()
                .addLast(new WireCounter(), new FrameEncoder(), new KeepaliveHandler(15_000));
    }

    SourceSession session(DumpJudge judge) {
        Hello hello = new Hello("source", HOST, Optional.of("web"), Optional.empty(), 15_000, 1, 0);
        return new SourceSession(
                new SessionPlan(
                        new Endpoint.Tcp(new HostPort("dest", 1)),
                        hello,
                        CodecChoice.AUTO,
                        0,
                        Optional.empty(),
                        false,
                        judge,
                        Optional.of(Duration.ofSeconds(60))),
                wire.eventLoop(),
                new SharedResources(
                        (address, lane) -> {
                            furtherLane = lane;
                            return new EmbeddedChannel().newSucceededFuture();
                        },
                        new Compressors(wire.alloc(), 1),
                        sharedLink),
                released::add);
    }

    @AfterEach
    void nothingIsLeftOpen() {
        peerHears();
        peerHeard.forEach(SourceSessionFixture::release);
        wire.finishAndReleaseAll();
        peer.finishAndReleaseAll();
        if (dumper != null) {
            dumper.tidyUp();
        }
    }

    static void release(Frame frame) {
        if (frame instanceof Block block && block.content().refCnt() > 0) {
            block.content().release();
        }
    }

    /** Stages in which both ends can do something; each is reached from the one before. */
    enum Stage {
        GREETING,
        READY,
        DUMPER_THERE,
        STREAMING,
        ENDING,
        CONCLUDING
    }

    void reach(Stage stage) {
        switch (stage) {
            case GREETING ->
                    session.onTunnelUp(
                            new Tunnel(
                                    wire,
                                    new TlsSessionInfo(
                                            "TLSv1.3",
                                            "",
                                            "",
                                            new PeerIdentity("dest", "", PeerNames.NONE))));
            case READY -> {
                reach(Stage.GREETING);
                peerSays(ACCEPT);
            }
            case DUMPER_THERE -> {
                reach(Stage.READY);
                dumper = new ScriptedDumper(session, session::onDumper);
            }
            case STREAMING -> {
                reach(Stage.DUMPER_THERE);
                dumper.says(PageRecord.of(PageCommand.OPEN2, IMAGE));
            }
            case ENDING -> {
                reach(Stage.STREAMING);
                peerSays(new Answer(1, 0));
                assertThat(dumper.heard()).isEqualTo("00");
                dumper.says(PageRecord.end(PageCommand.FORCE_CLOSE));
            }
            case CONCLUDING -> {
                reach(Stage.ENDING);
                dumper.stopsListening();
                peerSays(WHOLE);
            }
        }
    }

    /** Delivers a frame as the tunnel's handler does. */
    void peerSays(Frame frame) {
        try {
            session.onFrame(frame);
        } catch (SessionException e) {
            session.onTunnelFailure(e.reason(), e.getMessage());
        }
    }

    void tunnelIsLost() {
        wire.close();
        session.onTunnelFailure(CloseReason.PEER_LOST, "the tunnel was cut");
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

    /** The peer hangs up if it was told why, and the session is over. */
    SessionReport over() {
        peerHears();
        if (!peerHeard.isEmpty() && peerHeard.get(peerHeard.size() - 1) instanceof Abort) {
            wire.close();
        }
        wire.runPendingTasks();
        assertThat(session.report()).isDone();
        return session.report().join();
    }

    void failed(CloseReason reason, Stage stage) {
        assertThat(over().outcome().reason()).isEqualTo(reason);
        assertThat(released).isEmpty();
        if (dumper != null) {
            assertThat(dumper.isConnected()).isFalse();
            boolean awaitsStatus = stage == Stage.ENDING;
            assertThat(dumper.heard()).isEqualTo(awaitsStatus ? STATUS_FAILED : "");
        }
    }

    void peerWasToldOf(CloseReason reason) {
        assertThat(peerHears())
                .last()
                .isInstanceOfSatisfying(
                        Abort.class, abort -> assertThat(abort.reason()).isEqualTo(reason));
        assertThat(peerHeard).noneMatch(Delivered.class::isInstance);
    }

    /** Bytes that are not compressed, so that their block never leaves the session's thread. */
    static ByteBuf noise(int bytes) {
        byte[] noise = new byte[bytes];
        new Random(1).nextBytes(noise);
        return Unpooled.wrappedBuffer(noise);
    }
}
