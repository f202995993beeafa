package io.pageproxy.dest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.channel.embedded.EmbeddedChannel;
import io.pageproxy.dest.accept.AcceptServices;
import io.pageproxy.dest.accept.HandshakeLimiter;
import io.pageproxy.dest.accept.PeerConnection;
import io.pageproxy.dest.accept.PendingConnections;
import io.pageproxy.dest.accept.Routes;
import io.pageproxy.dest.migrate.AttachHandler;
import io.pageproxy.dest.migrate.MigrationServices;
import io.pageproxy.dest.migrate.RecommitHandler;
import io.pageproxy.dest.migrate.ScriptedMigration;
import io.pageproxy.dest.session.SessionFacts;
import io.pageproxy.frame.Frame;
import io.pageproxy.frame.Frame.Hello;
import io.pageproxy.frame.Frame.Probe;
import io.pageproxy.frame.Frame.Recommit;
import io.pageproxy.frame.FrameEncoder;
import io.pageproxy.session.HostFacts;
import io.pageproxy.session.SessionException;
import io.pageproxy.session.Timeouts;
import io.pageproxy.tls.TlsSessionInfo;
import io.pageproxy.tunnel.KeepaliveHandler;
import io.pageproxy.tunnel.Tunnel;
import io.pageproxy.tunnel.TunnelHandler;
import io.pageproxy.tunnel.WireCounter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A destination that drains while a source may have to connect to end its migration. */
@Timeout(30)
class DrainWithOpenMigrationTest {
    static Stream<Frame> newSessions() {
        HostFacts host = new HostFacts("x86_64", 4096);
        return Stream.of(
                new Probe("source"),
                new Hello(
                        "source", host, ScriptedMigration.SESSION, Optional.empty(), 15_000, 1, 0));
    }

    @ParameterizedTest
    @MethodSource("newSessions")
    void onlyRecommitIsAcceptedWhileDraining(Frame other, @TempDir Path folder) throws Exception {
        try (ScriptedMigration migration = new ScriptedMigration(folder)) {
            migration.staged();
            migration.loseConnection();
            PeerConnection late = whileDraining(migration);
            CompletableFuture<Throwable> refusal = new CompletableFuture<>();
            migration.onLoop(
                    () -> {
                        try {
                            late.onFrame(other);
                        } catch (SessionException e) {
                            refusal.complete(e);
                        }
                    });
            assertThat(refusal.getNow(null)).hasMessageContaining("only the end of migrations");

            PeerConnection again = whileDraining(migration);
            migration.onLoop(() -> again.onFrame(new Recommit(migration.token(), 15_000)));
            await().until(migration::running);
            assertThat(migration.over().outcome().good()).isTrue();
        }
    }

    private static PeerConnection whileDraining(ScriptedMigration migration) throws Exception {
        MigrationServices services = migration.services();
        AcceptServices accept =
                new AcceptServices(
                        Timeouts.DEFAULT.handshake(),
                        null,
                        new HandshakeLimiter(1, 1),
                        new PendingConnections(),
                        new Routes(
                                null,
                                null,
                                null,
                                new AttachHandler(services),
                                new RecommitHandler(services.registry()),
                                null,
                                null),
                        services.registry()::anyOpen);
        PeerConnection connection =
                new PeerConnection(
                        accept,
                        migration.loop(),
                        new SessionFacts("192.0.2.1:2", 4096),
                        session -> {});
        EmbeddedChannel channel =
                new EmbeddedChannel(
                        new WireCounter(),
                        new FrameEncoder(),
                        new KeepaliveHandler(15_000),
                        new TunnelHandler(connection));
        connection.drain(Duration.ofMinutes(1));
        migration.onLoop(
                () ->
                        connection.onTunnelUp(
                                new Tunnel(
                                        channel,
                                        new TlsSessionInfo(
                                                "TLSv1.3", "", "", ScriptedMigration.SOURCE))));
        return connection;
    }
}
