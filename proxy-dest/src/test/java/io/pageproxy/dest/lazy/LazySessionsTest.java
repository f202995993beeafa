package io.pageproxy.dest.lazy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.netty.channel.embedded.EmbeddedChannel;
import io.pageproxy.dest.Peers;
import io.pageproxy.dest.images.ImagesSync;
import io.pageproxy.dest.policy.PolicyFile;
import io.pageproxy.dest.policy.SessionPolicy;
import io.pageproxy.dest.session.Admissions;
import io.pageproxy.dest.session.DestConfig;
import io.pageproxy.dest.session.IncomingConnection;
import io.pageproxy.dest.session.ServedSession;
import io.pageproxy.dest.session.SessionFacts;
import io.pageproxy.dest.session.SessionSlots;
import io.pageproxy.local.LocalUsers;
import io.pageproxy.net.Endpoint;
import io.pageproxy.net.HostPort;
import io.pageproxy.pagestream.RecordLayout;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.HostFacts;
import io.pageproxy.session.SessionException;
import io.pageproxy.session.SessionReport;
import io.pageproxy.session.Timeouts;
import io.pageproxy.tunnel.TunnelHandler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which HELLO begins a lazy session. */
class LazySessionsTest {
    private static final String FINGERPRINT = "aa".repeat(32);

    @TempDir private Path temp;
    private Path imagesDir;
    private final SessionSlots slots = new SessionSlots(1);
    private final EmbeddedChannel wire = new EmbeddedChannel();
    private SessionPolicy policy = SessionPolicy.ANY;
    private Optional<LazyDaemons> daemons = Optional.of(daemonsThatCannotStart());

    @BeforeEach
    void makeFolder() throws IOException {
        imagesDir = Files.createDirectory(temp.resolve("images"));
    }

    @AfterEach
    void nothingIsLeft() {
        wire.finishAndReleaseAll();
        assertThat(slots.taken()).isZero();
        assertThat(imagesDir).isEmptyDirectory();
    }

    private static LazyDaemons daemonsThatCannotStart() {
        return new ChildDaemons(
                spec -> {
                    throw new IOException("started");
                },
                List.of("criu", "lazy-pages"),
                "4.2",
                RecordLayout.BYTES_32);
    }

    private void policy(String rules) throws Exception {
        Path file = temp.resolve("policy.yaml");
        Files.writeString(
                file,
                "peers: [{fingerprint: [%s], sessions: [web]%s}]".formatted(FINGERPRINT, rules));
        policy = new PolicyFile(file);
    }

    private ServedSession take() {
        DestConfig config =
                new DestConfig(
                        new Endpoint.Tcp(new HostPort("", 0)),
                        LocalUsers.anybody(),
                        imagesDir,
                        LazyDestLab.limits(0),
                        ImagesSync.NONE,
                        new HostFacts("x86_64", LazyDestLab.PAGE),
                        Timeouts.DEFAULT,
                        DestConfig.DEFAULT_PAGE_SERVER_TIMEOUT,
                        false,
                        "dest");
        LazyServices services =
                new LazyServices(
                        config,
                        new Admissions(config.host(), policy, slots),
                        daemons,
                        (session, peer) -> Optional.empty(),
                        Runnable::run);
        IncomingConnection connection =
                new IncomingConnection(
                        Peers.tunnel(wire, "source", FINGERPRINT),
                        wire.eventLoop(),
                        new SessionFacts("192.0.2.1:1", LazyDestLab.PAGE));
        wire.pipeline().addLast(new TunnelHandler(null));
        return new LazySessions(services).take(connection, LazyDestLab.hello()).orElseThrow();
    }

    private SessionException refusal() {
        return catchThrowableOfType(SessionException.class, this::take);
    }

    @Test
    void lazySessionIsRefusedWithoutACommandForDaemons() {
        daemons = Optional.empty();
        assertThat(refusal().reason()).isEqualTo(CloseReason.SESSION_NOT_ALLOWED);
        assertThat(refusal()).hasMessageContaining("-- criu lazy-pages");
    }

    @Test
    void lazySessionRequiresPermissionByThePolicy() throws Exception {
        policy("");
        assertThat(refusal().reason()).isEqualTo(CloseReason.SESSION_NOT_ALLOWED);
        assertThat(refusal()).hasMessageContaining("lazy: true");
    }

    @Test
    void allowedLazySessionStartsTheCommand() throws Exception {
        policy(", lazy: true, max-sessions: 1");
        ServedSession session = take();
        wire.runPendingTasks();
        wire.close();
        wire.runPendingTasks();
        SessionReport report = session.report().join();
        assertThat(report.outcome().reason()).isEqualTo(CloseReason.LOCAL_FAILURE);
        assertThat(report.outcome().message()).isEqualTo("started");
    }
}
