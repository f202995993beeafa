package io.pageproxy.status;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.pageproxy.certificate.TlsMaterial;
import io.pageproxy.net.Endpoint;
import io.pageproxy.pagestream.StreamTotals;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.Outcome;
import io.pageproxy.session.Reports;
import io.pageproxy.session.SessionReport;
import io.pageproxy.session.Side;
import io.pageproxy.tls.TestMaterial;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Sessions, certificates and health as served by the status port. */
@Timeout(60)
class StatusTest {
    @TempDir Path folder;

    private final AtomicReference<Optional<String>> fault = new AtomicReference<>(Optional.empty());
    private TlsMaterial material;
    private Status status;

    @BeforeEach
    void open() throws Exception {
        material = TestMaterial.dest(folder);
        status =
                new Status(
                        Optional.of(Endpoint.parse("127.0.0.1:0")),
                        new ProxyFacts(Side.DESTINATION, "1.2.3", Optional.of(folder)),
                        () -> material,
                        List.of(fault::get));
    }

    @AfterEach
    void close() {
        status.close();
    }

    private StatusClient.Answer get(String path) {
        try {
            Endpoint address = status.address().orElseThrow();
            return StatusClient.get(((Endpoint.Tcp) address).address().port(), path);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private Map<String, Double> metrics() {
        StatusClient.Answer answer = get("/metrics");
        assertThat(answer.headers()).contains("content-type: text/plain; version=0.0.4");
        return ExpositionReader.read(answer.text());
    }

    /** Values of a field in an array of objects. */
    private static List<String> values(String json, String field) throws IOException {
        List<String> values = new ArrayList<>();
        try (JsonParser parser = new JsonFactory().createParser(json)) {
            assertThat(parser.nextToken()).isEqualTo(JsonToken.START_ARRAY);
            for (JsonToken token; (token = parser.nextToken()) != null; ) {
                if (token.isScalarValue() && field.equals(parser.currentName())) {
                    values.add(parser.getText());
                }
            }
        }
        return values;
    }

    private static String endedWith(String reason) {
        return "pageproxy_sessions_total{side=\"destination\",reason=\"" + reason + "\"}";
    }

    @Test
    void allCountersAreZeroBeforeFirstSession() {
        assertThat(metrics())
                .containsEntry(endedWith("completed"), 0.0)
                .containsEntry(endedWith("peer_lost"), 0.0)
                .containsEntry("pageproxy_page_bytes_total", 0.0)
                .containsEntry(
                        "pageproxy_handshakes_refused_total{reason=\"peer_not_trusted\"}", 0.0)
                .containsEntry("pageproxy_session_duration_seconds_count", 0.0);
    }

    @Test
    void trafficIsCountedOnceDuringSession() {
        try (HeldSession session = new HeldSession()) {
            session.advanceTo(10);
            status.sessionStarted(session);
            await().until(() -> metrics().get("pageproxy_pages_total") == 10);
            assertThat(metrics())
                    .containsEntry("pageproxy_sessions_active{side=\"destination\"}", 1.0)
                    .containsEntry("pageproxy_sessions_waiting{side=\"destination\"}", 0.0)
                    .containsEntry("pageproxy_page_bytes_total", 40960.0);
            session.advanceTo(25);
            await().until(() -> metrics().get("pageproxy_pages_total") == 25);
            status.sessionEnded(session.end(30, CloseReason.COMPLETED));
            await().until(
                            () ->
                                    metrics().get("pageproxy_sessions_active{side=\"destination\"}")
                                            == 0);
        }
        assertThat(metrics())
                .containsEntry("pageproxy_pages_total", 30.0)
                .containsEntry("pageproxy_page_bytes_total", 30 * 4096.0)
                .containsEntry("pageproxy_parent_pages_total", 60.0)
                .containsEntry("pageproxy_wire_bytes_total{direction=\"sent\"}", 90.0)
                .containsEntry("pageproxy_wire_bytes_total{direction=\"received\"}", 120.0)
                .containsEntry("pageproxy_referenced_pages_total{kind=\"zero\"}", 150.0)
                .containsEntry("pageproxy_referenced_pages_total{kind=\"repeated\"}", 180.0)
                .containsEntry("pageproxy_referenced_pages_total{kind=\"changed\"}", 210.0)
                .containsEntry("pageproxy_blocks_total{codec=\"lz4\"}", 30.0)
                .containsEntry(endedWith("completed"), 1.0);
    }

    @Test
    void finishedSessionsAreCountedByReasonAndDuration() {
        status.sessionEnded(Reports.good());
        status.sessionEnded(
                Reports.failed(
                        Outcome.failed(Side.DESTINATION, CloseReason.NO_SPACE, "full"),
                        StreamTotals.NONE));
        status.sessionEnded(Reports.good());
        assertThat(metrics())
                .containsEntry(endedWith("completed"), 2.0)
                .containsEntry(endedWith("no_space"), 1.0)
                .containsEntry("pageproxy_session_duration_seconds_bucket{le=\"1\"}", 0.0)
                .containsEntry("pageproxy_session_duration_seconds_bucket{le=\"2.5\"}", 2.0)
                .containsEntry("pageproxy_session_duration_seconds_bucket{le=\"+Inf\"}", 2.0)
                .containsEntry("pageproxy_session_duration_seconds_sum", 4.0)
                .containsEntry("pageproxy_session_duration_seconds_count", 2.0);
    }

    @Test
    void refusedHandshakesAndProbesAreNotCountedAsSessions() {
        status.handshakeRefused(
                Reports.failed(
                        Outcome.failed(Side.DESTINATION, CloseReason.PEER_NOT_TRUSTED, "no"),
                        StreamTotals.NONE));
        status.probed();
        assertThat(metrics())
                .containsEntry(
                        "pageproxy_handshakes_refused_total{reason=\"peer_not_trusted\"}", 1.0)
                .containsEntry("pageproxy_probes_total", 1.0)
                .containsEntry(endedWith("peer_not_trusted"), 0.0);
    }

    @Test
    void certificateAndRevocationListExpiryIsExported() {
        String subject = material.leaf().getSubjectX500Principal().getName();
        double expiry = material.leaf().getNotAfter().toInstant().getEpochSecond();
        double next = material.revocations().get(0).getNextUpdate().toInstant().getEpochSecond();
        assertThat(metrics())
                .containsEntry(
                        "pageproxy_certificate_expiry_timestamp_seconds{kind=\"own\",subject=\""
                                + subject
                                + "\"}",
                        expiry)
                .containsEntry(
                        "pageproxy_crl_next_update_timestamp_seconds{issuer=\"CN=test CA\"}", next);
    }

    @Test
    void healthSpaceLastSuccessAndProcessAreExported() {
        assertThat(metrics())
                .containsEntry("pageproxy_healthy", 0.0)
                .containsEntry("pageproxy_last_success_timestamp_seconds", 0.0);
        status.health().ready();
        status.sessionEnded(failed(CloseReason.NO_SPACE));
        assertThat(metrics()).containsEntry("pageproxy_last_success_timestamp_seconds", 0.0);
        status.sessionEnded(Reports.good());
        Map<String, Double> metrics = metrics();
        assertThat(metrics).containsEntry("pageproxy_healthy", 1.0);
        assertThat(metrics.get("pageproxy_last_success_timestamp_seconds"))
                .isBetween(
                        Instant.now().minusSeconds(60).getEpochSecond() * 1.0,
                        Instant.now().plusSeconds(1).getEpochSecond() * 1.0);
        assertThat(metrics.get("pageproxy_images_free_bytes"))
                .isPositive()
                .isLessThanOrEqualTo(metrics.get("pageproxy_images_size_bytes"));
        assertThat(metrics.get("process_open_fds")).isPositive();
        assertThat(metrics.get("process_start_time_seconds"))
                .isBetween(1e9, Instant.now().getEpochSecond() + 1.0);
        assertThat(metrics.get("jvm_memory_used_bytes{area=\"heap\"}")).isPositive();
    }

    @Test
    void labelValuesAreEscaped() {
        Exposition page = new Exposition();
        page.family("x", "gauge", "Some.");
        page.sample("x", 1, "a", "q\"b\\n\nend");
        assertThat(ExpositionReader.read(page.toString()))
                .containsOnlyKeys("x{a=\"q\\\"b\\\\n\\nend\"}");
    }

    @Test
    void activeSessionUsesFieldNamesOfSummary() throws Exception {
        try (HeldSession session = new HeldSession()) {
            session.advanceTo(10);
            status.sessionStarted(session);
            await().until(() -> !get("/sessions").text().equals("[]\n"));
            StatusClient.Answer answer = get("/sessions");
            assertThat(answer.headers()).contains("content-type: application/json\r\n");
            assertThat(values(answer.text(), "session")).containsExactly("web/2");
            assertThat(values(answer.text(), "peer")).containsExactly("source");
            assertThat(values(answer.text(), "peer_address")).containsExactly("192.0.2.1:4711");
            assertThat(values(answer.text(), "state")).containsExactly("streaming");
            assertThat(values(answer.text(), "page_bytes")).containsExactly("40960");
            assertThat(values(answer.text(), "wire_bytes_sent")).containsExactly("30");
            assertThat(values(answer.text(), "lz4")).containsExactly("10");
            assertThat(values(answer.text(), "lanes")).containsExactly("2");
            assertThat(Instant.parse(values(answer.text(), "since").get(0)))
                    .isBetween(Instant.now().minusSeconds(60), Instant.now());
            session.end(10, CloseReason.PEER_LOST);
            await().until(() -> get("/sessions").text().equals("[]\n"));
        }
    }

    @Test
    void lastFinishedSessionsAreListedNewestFirst() throws Exception {
        for (int lanes = 1; lanes <= 25; lanes++) {
            status.sessionEnded(Reports.good(lanes));
        }
        String ended = get("/sessions/ended").text();
        assertThat(values(ended, "lanes")).hasSize(20).startsWith("25", "24").endsWith("6");
        assertThat(values(ended, "result")).containsOnly("ok");
    }

    @Test
    void sessionThatWasStoppedBeforeItsDumperCameIsUnusedAndNotFailed() throws Exception {
        status.sessionEnded(failed(CloseReason.STOPPED_IDLE));
        String ended = get("/sessions/ended").text();
        assertThat(values(ended, "result")).containsExactly("unused");
        assertThat(values(ended, "reason")).containsExactly("stopped_idle");
        assertThat(ended).contains("\"failed_side\":null");
    }

    @Test
    void statusTellsHealthSessionsSpaceAndCertificates() throws Exception {
        fault.set(Optional.of("no \"room\""));
        status.health().ready();
        status.sessionEnded(Reports.good());
        status.sessionEnded(failed(CloseReason.NO_SPACE));
        status.sessionEnded(failed(CloseReason.STOPPED_IDLE));
        status.handshakeRefused(failed(CloseReason.PEER_NOT_TRUSTED));
        StatusClient.Answer answer = get("/status");
        assertThat(answer.headers()).contains("content-type: application/json\r\n");
        String json = "[" + answer.text() + "]";
        assertThat(values(json, "side")).containsExactly("destination");
        assertThat(values(json, "version")).containsExactly("1.2.3");
        assertThat(values(json, "ok")).containsExactly("false");
        assertThat(values(json, "message")).containsExactly("no \"room\"");
        assertThat(values(json, "ended")).containsExactly("3");
        assertThat(values(json, "ended_ok")).containsExactly("1");
        assertThat(values(json, "ended_failed")).containsExactly("1");
        assertThat(values(json, "handshakes_refused")).containsExactly("1");
        assertThat(Instant.parse(values(json, "last_success").get(0)))
                .isBetween(Instant.now().minusSeconds(60), Instant.now());
        assertThat(values(json, "folder")).containsExactly(folder.toString());
        assertThat(Long.parseLong(values(json, "free_bytes").get(0)))
                .isPositive()
                .isLessThanOrEqualTo(Long.parseLong(values(json, "total_bytes").get(0)));
        assertThat(values(json, "kind")).containsExactly("own", "ca", "crl");
        Instant expiry = material.leaf().getNotAfter().toInstant();
        assertThat(Instant.parse(values(json, "expires").get(0))).isEqualTo(expiry);
        assertThat(Long.parseLong(values(json, "seconds_left").get(0)))
                .isBetween(
                        Duration.between(Instant.now(), expiry).toSeconds() - 1,
                        Duration.between(Instant.now(), expiry).toSeconds() + 60);
    }

    private static SessionReport failed(CloseReason reason) {
        return Reports.failed(
                Outcome.failed(Side.DESTINATION, reason, "so it is"), StreamTotals.NONE);
    }

    @Test
    void healthIsOkOnlyWhenReadyAndWithoutFault() {
        assertHealth(503, "it is starting\n");
        status.health().ready();
        assertHealth(200, "ok\n");
        fault.set(Optional.of("--images-dir is\ngone"));
        assertHealth(503, "--images-dir is gone\n");
        fault.set(Optional.empty());
        status.health().notReady("no destination");
        assertHealth(503, "no destination\n");
        status.health().ready();
        assertHealth(200, "ok\n");
    }

    @Test
    void healthIsDrainingBeforeStopActionRuns() {
        status.health().ready();
        List<Integer> whenStopped = new ArrayList<>();
        status.health().markDrainingThen(() -> whenStopped.add(get("/health").status())).run();
        assertThat(whenStopped).containsExactly(503);
        assertThat(get("/health").text()).startsWith("draining");
    }

    private void assertHealth(int code, String text) {
        assertThat(get("/health"))
                .extracting(StatusClient.Answer::status, StatusClient.Answer::text)
                .containsExactly(code, text);
    }

    @Test
    void expiredCertificateCaOrRevocationListIsAFault() {
        Instant expiry = material.leaf().getNotAfter().toInstant();
        Instant next = material.revocations().get(0).getNextUpdate().toInstant();
        assertThat(faultAt(Instant.now())).isEmpty();
        assertThat(faultAt(expiry.plusSeconds(1)).orElseThrow())
                .contains("certificate " + material.files().cert());
        assertThat(faultAt(next.plusSeconds(1)).orElseThrow())
                .contains(next.isBefore(expiry) ? "revocation list" : "certificate");
    }

    private Optional<String> faultAt(Instant now) {
        return new CertificateDates(() -> material, () -> now).fault();
    }

    @Test
    void sessionsAreNotQueriedWithoutServer() throws Exception {
        try (Status silent =
                        new Status(
                                Optional.empty(),
                                new ProxyFacts(Side.SOURCE, "1", Optional.empty()),
                                () -> material,
                                List.of());
                HeldSession session = new HeldSession()) {
            silent.sessionStarted(session);
            assertThat(silent.address()).isEmpty();
            session.loop().submit(() -> {}).awaitUninterruptibly();
            assertThat(session.queries()).isZero();
        }
    }
}
