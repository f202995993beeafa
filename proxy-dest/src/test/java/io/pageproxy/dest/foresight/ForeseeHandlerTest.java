package io.pageproxy.dest.foresight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.embedded.EmbeddedChannel;
import io.pageproxy.dest.Peers;
import io.pageproxy.dest.images.ImagesSync;
import io.pageproxy.dest.migrate.MigrationRegistry;
import io.pageproxy.dest.migrate.MigrationServices;
import io.pageproxy.dest.policy.SessionPolicy;
import io.pageproxy.dest.restore.Restores;
import io.pageproxy.dest.session.DestConfig;
import io.pageproxy.dest.session.DestLimits;
import io.pageproxy.dest.session.IncomingConnection;
import io.pageproxy.dest.session.SessionFacts;
import io.pageproxy.frame.Frame;
import io.pageproxy.frame.Frame.Abort;
import io.pageproxy.frame.Frame.Attach;
import io.pageproxy.frame.Frame.Foresee;
import io.pageproxy.frame.Frame.Foreseen;
import io.pageproxy.frame.FrameDecoder;
import io.pageproxy.frame.TreeNeeds;
import io.pageproxy.hook.Hooks;
import io.pageproxy.local.LocalUsers;
import io.pageproxy.net.Endpoint;
import io.pageproxy.net.HostPort;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.HostFacts;
import io.pageproxy.session.SessionException;
import io.pageproxy.session.SessionName;
import io.pageproxy.session.Timeouts;
import io.pageproxy.tunnel.Tunnel;
import io.pageproxy.tunnel.TunnelHandler;
import io.pageproxy.tunnel.TunnelListener;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who is told whether a migration would succeed. */
class ForeseeHandlerTest {
    private static final HostFacts HOST = new HostFacts("x86_64", 4096);

    @TempDir Path folder;
    private final EmbeddedChannel decoder = new EmbeddedChannel(new FrameDecoder());
    private final Queue<Runnable> work = new ArrayDeque<>();
    private EmbeddedChannel wire;
    private Restores restores = new ToldRestores("/bin/true", Optional.empty(), false);
    private SessionPolicy policy = SessionPolicy.ANY;
    private ForeseeHandler handler;

    /** Does nothing. */
    private static final class Nobody implements TunnelListener {
        @Override
        public void onFrame(Frame frame) {}

        @Override
        public void onTunnelFailure(CloseReason reason, String message) {}
    }

    @BeforeEach
    void connect() {
        wire = new EmbeddedChannel(new TunnelHandler(new Nobody()));
    }

    @AfterEach
    void close() {
        wire.finishAndReleaseAll();
        decoder.finishAndReleaseAll();
    }

    private void begin() {
        DestConfig config =
                new DestConfig(
                        new Endpoint.Tcp(new HostPort("127.0.0.1", 0)),
                        LocalUsers.anybody(),
                        folder,
                        DestLimits.DEFAULT,
                        ImagesSync.NONE,
                        HOST,
                        Timeouts.DEFAULT,
                        DestConfig.DEFAULT_PAGE_SERVER_TIMEOUT,
                        false,
                        "dest");
        handler =
                new ForeseeHandler(
                        new MigrationServices(
                                config,
                                policy,
                                restores,
                                Hooks.NONE,
                                new MigrationRegistry(1, 1),
                                work::add),
                        "CRIU 4.2");
    }

    private Optional<?> ask(HostFacts host, boolean lazy) {
        Tunnel tunnel = Peers.tunnel(wire, "source", TestPolicy.PEER);
        return handler.take(
                new IncomingConnection(
                        tunnel, wire.eventLoop(), new SessionFacts("192.0.2.1:1", 4096)),
                new Foresee(
                        new Attach("source", Optional.of("web"), true, lazy, 15_000),
                        host,
                        new TreeNeeds(0, List.of(), List.of(), Optional.of("VUlV"), List.of())));
    }

    private Frame heard() {
        wire.runPendingTasks();
        for (ByteBuf out; (out = wire.readOutbound()) != null; ) {
            decoder.writeInbound(out);
        }
        return decoder.readInbound();
    }

    @Test
    void questionIsAnsweredAndTheConnectionClosed() {
        begin();
        assertThat(ask(HOST, false)).isEmpty();
        work.remove().run();
        assertThat(heard()).isInstanceOf(Foreseen.class);
        assertThat(wire.isOpen()).isFalse();
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void oneIsAnsweredAtATime() {
        begin();
        ask(HOST, false);
        assertThatThrownBy(() -> ask(HOST, false))
                .isInstanceOf(SessionException.class)
                .hasMessageContaining("another dry run");
        work.remove().run();
        ask(HOST, false);
    }

    @Test
    void whoMayNotRestoreIsToldNothing() throws Exception {
        policy = TestPolicy.of("sessions: [\"web\"]");
        begin();
        assertThatThrownBy(() -> ask(HOST, false)).hasMessageContaining("restore: true");
        assertThat(work).isEmpty();
        restores = Restores.NONE;
        begin();
        assertThatThrownBy(() -> ask(HOST, false)).hasMessageContaining("--allow-restore");
    }

    @Test
    void questionsCountForNoLimitOfMigrations() throws Exception {
        policy = TestPolicy.of("sessions: [\"web\"], restore: true, max-sessions: 1");
        begin();
        for (int i = 0; i < 3; i++) {
            ask(HOST, false);
            work.remove().run();
        }
        assertThat(
                        policy.attach(
                                Peers.peer("source", TestPolicy.PEER),
                                Optional.of(new SessionName("web"))))
                .isNotNull();
    }

    @Test
    void otherKindOfHostIsRefused() {
        begin();
        assertThatThrownBy(() -> ask(new HostFacts("aarch64", 4096), false))
                .isInstanceOfSatisfying(
                        SessionException.class,
                        e -> assertThat(e.reason()).isEqualTo(CloseReason.INCOMPATIBLE_HOSTS));
    }

    @Test
    void faultIsNotKeptFromTheSource() {
        restores = new ToldRestores(null, Optional.empty(), false);
        begin();
        ask(HOST, false);
        work.remove().run();
        assertThat(heard()).isInstanceOf(Abort.class);
        ask(HOST, false);
    }
}
