package io.pageproxy.source.migrate;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.pageproxy.codec.CodecChoice;
import io.pageproxy.criu.Task;
import io.pageproxy.hook.HookPlan;
import io.pageproxy.hook.Hooks;
import io.pageproxy.net.Endpoint;
import io.pageproxy.net.HostPort;
import io.pageproxy.process.ChildLauncher;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.HostFacts;
import io.pageproxy.session.Timeouts;
import io.pageproxy.source.SourceConfig;
import io.pageproxy.source.SourceRuntime;
import io.pageproxy.source.SourceServices;
import io.pageproxy.source.migrate.MigrationReport.Copy;
import io.pageproxy.source.migrate.dump.LocalTree;
import io.pageproxy.source.migrate.dump.MigrationPlan;
import io.pageproxy.source.migrate.dump.RoundsChoice;
import io.pageproxy.source.migrate.sync.SyncPlan;
import io.pageproxy.status.SessionWatch;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A migration that is stopped before its dump ends immediately and freezes nothing. */
@Timeout(60)
class MigrationStopTest {
    /** Longer than the test waits. */
    private static final Duration HANDSHAKE = Duration.ofSeconds(40);

    private static final ChildLauncher NO_DUMP =
            spec -> {
                throw new AssertionError("a dump was started: " + spec);
            };

    private static final SourceRuntime RUNTIME = SourceRuntime.shared();

    @TempDir private Path folder;
    private final ExecutorService runner = Executors.newSingleThreadExecutor();

    @ParameterizedTest(name = "lazy: {0}")
    @ValueSource(booleans = {false, true})
    void stopBeforeRunEndsTheMigrationImmediately(boolean lazy) throws Exception {
        try (ServerSocket silent = silent();
                Migration migration = migration(silent, lazy)) {
            migration.stop();
            assertStopped(runner.submit(migration::run));
        }
    }

    @ParameterizedTest(name = "lazy: {0}")
    @ValueSource(booleans = {false, true})
    void stopWhileTheDestinationIsSilentEndsTheMigrationImmediately(boolean lazy) throws Exception {
        try (ServerSocket silent = silent();
                Migration migration = migration(silent, lazy)) {
            Future<MigrationReport> report = runner.submit(migration::run);
            try (var connection = silent.accept()) {
                assertThat(connection.getInputStream().read()).isNotNegative();
                migration.stop();
                assertStopped(report);
            }
        }
    }

    private void assertStopped(Future<MigrationReport> running) throws Exception {
        MigrationReport report = running.get(20, TimeUnit.SECONDS);
        runner.shutdown();
        assertThat(report.outcome().reason()).isEqualTo(CloseReason.SHUTDOWN);
        assertThat(report.outcome().message()).isEqualTo("told to stop; the tasks run on here");
        assertThat(report.copy()).isEqualTo(Copy.SOURCE);
    }

    /**
     * Accepts connections and sends nothing. An interrupt does not end its wait for one; a timeout
     * does.
     */
    private static ServerSocket silent() throws IOException {
        ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        server.setSoTimeout(20_000);
        return server;
    }

    private Migration migration(ServerSocket destination, boolean lazy) throws IOException {
        SourceConfig config =
                new SourceConfig(
                        new Endpoint.Tcp(new HostPort("127.0.0.1", destination.getLocalPort())),
                        Optional.empty(),
                        List.of("criu"),
                        Optional.of("web"),
                        Optional.empty(),
                        CodecChoice.AUTO,
                        SourceConfig.DEFAULT_PAGE_WINDOW_BYTES,
                        1,
                        SourceConfig.DEFAULT_BLOCK_BYTES,
                        new HostFacts("x86_64", 4096),
                        new Timeouts(
                                HANDSHAKE,
                                Duration.ofSeconds(40),
                                Optional.empty(),
                                Duration.ofSeconds(1)),
                        true,
                        1,
                        "source");
        Task self = Task.of(ProcessHandle.current().pid()).orElseThrow();
        MigrationPlan plan =
                new MigrationPlan("criu", self, folder, RoundsChoice.NONE, true, List.of());
        SslContext tls = SslContextBuilder.forClient().build();
        SourceServices services =
                new SourceServices(
                        RUNTIME,
                        channel -> tls.newHandler(channel.alloc()),
                        NO_DUMP,
                        SessionWatch.NONE);
        Hooks hooks = new Hooks(HookPlan.NONE, NO_DUMP, Map.of());
        return lazy
                ? Migration.lazy(
                        plan, new LocalTree(plan, NO_DUMP), config, services, hooks, SyncPlan.NONE)
                : Migration.push(
                        plan, new LocalTree(plan, NO_DUMP), config, services, hooks, SyncPlan.NONE);
    }
}
