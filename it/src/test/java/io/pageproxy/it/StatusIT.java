package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The status of both proxies before, during and after a real dump. */
class StatusIT {
    private static final Criu CRIU = Criu.BYTES_32;
    private static final int MEGABYTES = 64;
    private static final String STATUS = "127.0.0.1:0";
    private static final String SESSION = "web/1";

    @RegisterExtension final Lab lab = new Lab();

    private Command dest;
    private Command source;
    private Command dumper;
    private Workload workload;
    private long pageServer;

    /** Stops the page server when the first pages have arrived, which holds the session. */
    private void holdASession() {
        workload = lab.memory("work", MEGABYTES);
        dest = lab.dest(CRIU, "--status", STATUS);
        source = lab.listeningSource(dest, "--session", "web/{n}", "--status", STATUS);
        pageServer = dest.children().get(0).pid();
        dumper = lab.start("dump", CRIU.dumpTo(Lab.address(source), workload, lab.folder("dump")));
        Images.awaitPages(lab.images().resolve(SESSION), 1);
        Processes.signal("STOP", pageServer);
    }

    private static String ended(String side, String reason) {
        return "pageproxy_sessions_total{side=\"" + side + "\",reason=\"" + reason + "\"}";
    }

    private static String active(String side) {
        return "pageproxy_sessions_active{side=\"" + side + "\"}";
    }

    @Test
    void sessionIsListedWhileActiveAndCountedOnceOnBothSides() {
        holdASession();
        StatusPort here = StatusPort.of(source);
        StatusPort there = StatusPort.of(dest);
        assertActive(here, "source", "dest");
        assertActive(there, "destination", "source");
        assertThat(List.of(here.health(), there.health())).containsOnly(200);

        Processes.signal("CONT", pageServer);
        assertThat(dumper.awaitExit()).as(dumper::toString).isZero();
        workload.awaitGone();
        assertEnded(here, "source");
        assertEnded(there, "destination");
    }

    private static void assertActive(StatusPort port, String side, String peer) {
        await().atMost(Command.TIMEOUT)
                .untilAsserted(() -> assertThat(port.metrics()).containsEntry(active(side), 1.0));
        assertThat(port.metrics()).containsEntry(ended(side, "pages_complete"), 0.0);
        await().atMost(Command.TIMEOUT)
                .untilAsserted(
                        () ->
                                assertThat(port.sessions("/sessions"))
                                        .filteredOn("state", "streaming")
                                        .first()
                                        .satisfies(session -> assertStreams(session, side, peer)));
    }

    private static void assertStreams(Map<String, String> session, String side, String peer) {
        assertThat(session)
                .containsEntry("side", side)
                .containsEntry("session", SESSION)
                .containsEntry("peer", peer);
        assertThat(Long.parseLong(session.get("page_bytes"))).isPositive();
    }

    private void assertEnded(StatusPort port, String side) {
        await().atMost(Command.TIMEOUT)
                .untilAsserted(
                        () ->
                                assertThat(port.metrics())
                                        .containsEntry(ended(side, "pages_complete"), 1.0)
                                        .containsEntry(active(side), 0.0));
        Map<String, Double> metrics = port.metrics();
        double pageBytes = metrics.get("pageproxy_page_bytes_total");
        assertThat((long) pageBytes).isEqualTo(Images.pagesBytes(lab.images().resolve(SESSION)));
        assertThat(metrics)
                .containsEntry("pageproxy_pages_total", pageBytes / Images.PAGE_BYTES)
                .containsEntry("pageproxy_session_duration_seconds_count", 1.0);
        assertThat(port.sessions("/sessions/ended"))
                .singleElement()
                .satisfies(
                        ended ->
                                assertThat(ended)
                                        .containsEntry("result", "ok")
                                        .containsEntry("session", SESSION)
                                        .containsEntry("page_bytes", "" + (long) pageBytes));
    }

    @Test
    void drainingProxyIsUnhealthyAndEndsSuccessfully() {
        holdASession();
        StatusPort there = StatusPort.of(dest);
        dest.terminate();
        await().atMost(Command.TIMEOUT).until(() -> there.health() == 503);
        assertThat(there.ask("/health")).contains("draining");
        Processes.signal("CONT", pageServer);
        assertThat(dumper.awaitExit()).as(dumper::toString).isZero();
        assertThat(dest.awaitExit()).as(dest::toString).isZero();
    }

    @Test
    void sourceReportsLossAndReturnOfDestination() throws IOException {
        dest = lab.dest(CRIU);
        try (Forwarder network = Forwarder.to(Lab.address(dest), 2)) {
            source = lab.listeningSourceTo(network.address(), "--status", STATUS);
            StatusPort here = StatusPort.of(source);
            assertThat(here.health()).isEqualTo(200);
            network.holdAfter(1, 0);
            network.cut(0);
            await().atMost(Command.TIMEOUT).until(() -> here.health() == 503);
            assertThat(here.ask("/health")).contains("peer_lost");
            network.release(1);
            await().atMost(Command.TIMEOUT).until(() -> here.health() == 200);
        }
    }

    @Test
    void refusedConnectionsAreCountedButAreNoSessions() throws IOException {
        dest = lab.dest(CRIU, "--status", STATUS);
        StatusPort there = StatusPort.of(dest);
        String address = Lab.address(dest);
        int port = Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
        try (Socket stranger = new Socket(InetAddress.getLoopbackAddress(), port)) {
            stranger.getOutputStream()
                    .write("GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            stranger.getInputStream().readAllBytes();
        }
        await().atMost(Command.TIMEOUT).until(() -> refused(there.metrics()) == 1);
        assertThat(there.sessions("/sessions/ended")).isEmpty();
    }

    private static double refused(Map<String, Double> metrics) {
        return metrics.entrySet().stream()
                .filter(sample -> sample.getKey().startsWith("pageproxy_handshakes_refused_total"))
                .mapToDouble(Map.Entry::getValue)
                .sum();
    }

    @Test
    void socketFileIsRemovedAfterSigterm() {
        Path file = lab.folder("run").resolve("status.sock");
        dest = lab.dest(CRIU, "--status", "unix:" + file);
        assertThat(dest.awaitLine("status ")).isEqualTo("unix:" + file);
        assertThat(file).exists();
        dest.terminate();
        assertThat(dest.awaitExit()).as(dest::toString).isZero();
        assertThat(file).doesNotExist();
    }

    @Test
    void statusAddressIsPrintedBeforeProxyListens() {
        dest = lab.dest(CRIU, "--status", "0");
        assertThat(dest.stdout().lines().map(line -> line.replaceFirst("\\d+$", "")))
                .containsExactly("status 127.0.0.1:", "listening 127.0.0.1:");
    }

    @Test
    void portInUseIsLocalFailureThatNamesIt() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, null)) {
            String address = "127.0.0.1:" + taken.getLocalPort();
            dest = lab.startDest(lab.images(), CRIU.program(), "--status", address);
            assertThat(dest.awaitExit()).isEqualTo(1);
            assertThat(dest.stderr()).contains("--status " + address, "choose another");
            assertThat(dest.stdout()).isEmpty();
        }
    }

    @Test
    void invalidAddressIsUsageError() {
        dest = lab.startDest(lab.images(), CRIU.program(), "--status", "localhost");
        assertThat(dest.awaitExit()).isEqualTo(2);
        assertThat(dest.stderr()).contains("--status", "'localhost'", "ADDR:PORT");
    }
}
