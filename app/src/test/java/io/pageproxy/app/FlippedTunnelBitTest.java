package io.pageproxy.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.pageproxy.app.FlippingRelay.Direction;
import io.pageproxy.app.local.Certificates;
import io.pageproxy.codec.CodecChoice;
import io.pageproxy.dest.DestObserver;
import io.pageproxy.dest.DestProxy;
import io.pageproxy.dest.images.ImagesSync;
import io.pageproxy.dest.policy.SessionPolicy;
import io.pageproxy.dest.session.DestConfig;
import io.pageproxy.dest.session.DestLimits;
import io.pageproxy.frame.Frame.Accept;
import io.pageproxy.local.LocalUsers;
import io.pageproxy.net.Endpoint;
import io.pageproxy.net.HostPort;
import io.pageproxy.pagestream.RecordLayout;
import io.pageproxy.process.PosixChildLauncher;
import io.pageproxy.session.HostFacts;
import io.pageproxy.session.SessionReport;
import io.pageproxy.session.Timeouts;
import io.pageproxy.simulator.BuiltInDumper;
import io.pageproxy.simulator.BuiltInPageServers;
import io.pageproxy.simulator.ContentMix;
import io.pageproxy.simulator.PageContent;
import io.pageproxy.simulator.PageServerScript;
import io.pageproxy.simulator.PageSet;
import io.pageproxy.simulator.PageSets;
import io.pageproxy.source.DumperPort;
import io.pageproxy.source.SourceConfig;
import io.pageproxy.source.SourceObserver;
import io.pageproxy.source.SourceProxy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The complete pair over real TLS, with a relay in between that flips one bit. */
@Timeout(300)
class FlippedTunnelBitTest {
    private static final int PAGE = 4096;
    private static final RecordLayout LAYOUT = RecordLayout.BYTES_32;
    private static final HostPort ANY_PORT = new HostPort("127.0.0.1", 0);
    private static final Timeouts TIMEOUTS =
            new Timeouts(
                    Duration.ofSeconds(5), Duration.ofSeconds(5), Optional.empty(), Duration.ZERO);
    private static final PageSet PAGES =
            PageSets.generate(new PageContent(1, ContentMix.TYPICAL, PAGE), 2, 1, 100 * PAGE);

    /**
     * Number of flips per direction; half of them anywhere, half in the handshake, HELLO and
     * ACCEPT.
     */
    private static final int FLIPS = 24;

    private static final int BEGINNING_BYTES = 2500;

    @TempDir private static Path temp;
    private static Certificates certificates;
    private static DestProxy dest;
    private static Thread destThread;
    private static final CompletableFuture<HostPort> ADDRESS = new CompletableFuture<>();
    private static final BlockingQueue<SessionReport> DEST_REPORTS = new LinkedBlockingQueue<>();
    private static int sessions;

    /** Which parties consider the session successful. */
    private record Successes(boolean dumper, boolean source, boolean dest) {
        static final Successes ALL = new Successes(true, true, true);
        static final Successes NONE = new Successes(false, false, false);
    }

    @BeforeAll
    static void startDest() throws Exception {
        certificates = Certificates.create(Files.createDirectory(temp.resolve("pki")));
        DestConfig config =
                new DestConfig(
                        new Endpoint.Tcp(ANY_PORT),
                        LocalUsers.anybody(),
                        Files.createDirectory(temp.resolve("images")),
                        DestLimits.DEFAULT,
                        ImagesSync.NONE,
                        HostFacts.local(PAGE),
                        TIMEOUTS,
                        DestConfig.DEFAULT_PAGE_SERVER_TIMEOUT,
                        false,
                        "dest");
        dest =
                new DestProxy(
                        config,
                        DestProxy.newEventLoops(),
                        certificates.destination(),
                        new BuiltInPageServers(LAYOUT, PAGE, PageServerScript.HONEST),
                        SessionPolicy.ANY,
                        new Observer());
        destThread = new Thread(FlippedTunnelBitTest::serve, "dest");
        destThread.start();
    }

    private static void serve() {
        try {
            dest.run();
        } catch (IOException | InterruptedException e) {
            ADDRESS.completeExceptionally(e);
        }
    }

    @AfterAll
    static void stopDest() throws InterruptedException {
        dest.stop();
        destThread.join();
        dest.close();
    }

    private static final class Observer implements DestObserver {
        @Override
        public void onListening(Endpoint listening) {
            ADDRESS.complete(((Endpoint.Tcp) listening).address());
        }

        @Override
        public void onSessionOver(SessionReport report) {
            DEST_REPORTS.add(report);
        }

        @Override
        public void onStranger(SessionReport report) {
            DEST_REPORTS.add(report);
        }
    }

    @Test
    void sessionWithoutFlipSucceeds() throws Exception {
        try (FlippingRelay relay = new FlippingRelay(ADDRESS.join(), Direction.TO_DEST, -1)) {
            assertThat(session(relay)).isEqualTo(Successes.ALL);
        }
    }

    @ParameterizedTest
    @EnumSource
    void flippedBitNeverResultsInSuccess(Direction direction) throws Exception {
        long bytes = bytesUpToEnd(direction);
        Random random = new Random(7);
        for (int i = 0; i < FLIPS; i++) {
            long among = i % 2 == 0 ? bytes : Math.min(bytes, BEGINNING_BYTES);
            long bit = random.nextLong(among * Byte.SIZE);
            try (FlippingRelay relay = new FlippingRelay(ADDRESS.join(), direction, bit)) {
                assertThat(session(relay))
                        .as("bit %d of %d bytes %s", bit, bytes, direction)
                        .isEqualTo(Successes.NONE);
            }
        }
    }

    /**
     * Bytes in one direction up to END or RESULT, on which success depends. Only DELIVERED and
     * TLS's close_notify follow. The split into TLS records and blocks varies slightly between
     * runs.
     */
    private static long bytesUpToEnd(Direction direction) throws Exception {
        int tailBytes = direction == Direction.TO_DEST ? 300 : 40;
        try (FlippingRelay relay = new FlippingRelay(ADDRESS.join(), direction, -1)) {
            assertThat(session(relay)).isEqualTo(Successes.ALL);
            return relay.encryptedBytes(direction) - tailBytes;
        }
    }

    private static Successes session(FlippingRelay relay) throws Exception {
        SourceConfig config =
                new SourceConfig(
                        new Endpoint.Tcp(new HostPort("127.0.0.1", relay.port())),
                        Optional.of(DumperPort.of(new Endpoint.Tcp(ANY_PORT))),
                        List.of(),
                        Optional.of("session-" + sessions++),
                        Optional.empty(),
                        CodecChoice.LZ4,
                        1 << 20,
                        1,
                        64 << 10,
                        HostFacts.local(PAGE),
                        TIMEOUTS,
                        true,
                        1,
                        "source");
        DumpOnceListening dumper = new DumpOnceListening();
        try (SourceProxy source =
                new SourceProxy(
                        config,
                        certificates.source(relay.port()),
                        new PosixChildLauncher(PosixChildLauncher.PAGE_SOCKET_BYTES),
                        dumper)) {
            boolean sourceGood = source.run() == 0;
            SessionReport destSays = DEST_REPORTS.poll(30, TimeUnit.SECONDS);
            return new Successes(
                    dumper.receivedSuccess.join(), sourceGood, destSays.outcome().good());
        }
    }

    private static final class DumpOnceListening implements SourceObserver {
        private CompletableFuture<Boolean> receivedSuccess =
                CompletableFuture.completedFuture(false);

        @Override
        public void onAccepted(Accept accept) {}

        @Override
        public void onListening(Endpoint address) {
            HostPort port = ((Endpoint.Tcp) address).address();
            receivedSuccess = CompletableFuture.supplyAsync(() -> dump(port));
        }

        @Override
        public void onDumperRefused(String who) {}

        @Override
        public void onSessionOver(SessionReport report) {}
    }

    private static boolean dump(HostPort address) {
        try (BuiltInDumper dumper = BuiltInDumper.connect(address, LAYOUT)) {
            return dumper.dump(PAGES) == 0;
        } catch (IOException lostItsPageServer) {
            return false;
        }
    }
}
