package io.pageproxy.status;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pageproxy.net.Endpoint;
import io.pageproxy.session.Side;
import io.pageproxy.status.StatusClient.Answer;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that the status port answers or refuses, and its limits against abuse. */
@Timeout(60)
class StatusServerTest {
    @TempDir Path folder;

    private final List<StatusServer> servers = new ArrayList<>();

    private StatusServer open(String address, Duration lifetime)
            throws IOException, InterruptedException {
        TrafficCounters traffic = new TrafficCounters();
        OutcomeCounters outcomes = new OutcomeCounters(Side.DESTINATION);
        SessionBoard board = new SessionBoard(traffic);
        CertificateDates dates =
                new CertificateDates(
                        () -> {
                            throw new IllegalStateException("not asked here");
                        },
                        InstantSource.system());
        ProxyFacts facts = new ProxyFacts(Side.DESTINATION, "1", Optional.empty());
        Health health = new Health(List.of());
        health.ready();
        Metrics metrics = new Metrics(facts, health, board, traffic, outcomes, dates);
        StatusDocument document =
                new StatusDocument(facts, health, board, outcomes, dates, InstantSource.system());
        StatusServer server =
                StatusServer.open(
                        Endpoint.parse(address),
                        new StatusPages(metrics, health, board, outcomes, document, WebPage.load()),
                        lifetime);
        servers.add(server);
        return server;
    }

    private int open() throws IOException, InterruptedException {
        return port(open("127.0.0.1:0", StatusServer.LIFETIME));
    }

    private static int port(StatusServer server) {
        return ((Endpoint.Tcp) server.address()).address().port();
    }

    @AfterEach
    void close() {
        servers.forEach(StatusServer::close);
    }

    @Test
    void unknownPathListsKnownPaths() throws Exception {
        Answer answer = StatusClient.get(open(), "/nothing");
        assertThat(answer.status()).isEqualTo(404);
        assertThat(answer.headers()).contains("content-type: text/plain");
        assertThat(answer.text())
                .contains("/metrics", "/health", "/status", "/sessions", "/sessions/ended");
    }

    @Test
    void pageForPeopleMayRunItsOwnScriptAndAskThisServerOnly() throws Exception {
        Answer answer = StatusClient.get(open(), "/");
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.headers()).contains("content-type: text/html; charset=utf-8");
        assertThat(policy(answer))
                .startsWith("default-src 'none'; script-src 'sha256-")
                .contains("; style-src 'sha256-", "; connect-src 'self'", "frame-ancestors 'none'")
                .doesNotContain("unsafe", "*", "http");
        assertThat(answer.text())
                .startsWith("<!DOCTYPE html>")
                .doesNotContain(
                        " style=", " onclick=", "<link rel=\"stylesheet", " src=", "innerHTML")
                .doesNotContainPattern("https?://(?!www\\.w3\\.org/2000/svg)");
    }

    @Test
    void nothingRunsInOtherAnswers() throws Exception {
        for (String path : List.of("/health", "/metrics-not", "/sessions")) {
            assertThat(policy(StatusClient.get(open(), path)))
                    .isEqualTo("default-src 'none'; frame-ancestors 'none'");
        }
    }

    private static String policy(Answer answer) {
        return answer.headers()
                .lines()
                .filter(line -> line.startsWith("content-security-policy: "))
                .map(line -> line.substring(line.indexOf(' ') + 1))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void queryStringIsIgnored() throws Exception {
        assertThat(StatusClient.get(open(), "/health?verbose=1"))
                .extracting(Answer::status, Answer::text)
                .containsExactly(200, "ok\n");
    }

    @Test
    void headHasHeadersOfGetWithoutBody() throws Exception {
        Answer answer =
                StatusClient.ask(open(), "HEAD /health HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.headers()).contains("content-length: 3\r\n");
        assertThat(answer.text()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "NONSENSE"})
    void otherMethodsAreRefused(String method) throws Exception {
        Answer answer =
                StatusClient.ask(
                        open(),
                        method
                                + " /health HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nhi");
        assertThat(answer.status()).isEqualTo(405);
        assertThat(answer.headers()).contains("allow: GET, HEAD\r\n");
    }

    @ParameterizedTest
    @CsvSource({
        "localhost, 200",
        "LocalHost:80, 200",
        "localhost:1, 200",
        "127.0.0.1, 200",
        "127.0.0.1:9100, 200",
        "[::1], 200",
        "[::1]:9100, 200",
        "evil.example, 421",
        "evil.example:9100, 421",
        "127.0.0.1.evil.example, 421",
        "localhost.evil.example, 421",
        "192.0.2.1, 421",
        "'', 421",
    })
    void onLoopbackOnlyLoopbackHostNamesAreAccepted(String host, int status) throws Exception {
        Answer answer =
                StatusClient.ask(open(), "GET /health HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
        assertThat(answer.status()).isEqualTo(status);
    }

    @Test
    void oneForeignHostHeaderIsRefused() throws Exception {
        Answer answer =
                StatusClient.ask(
                        open(),
                        "GET /health HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n");
        assertThat(answer.status()).isNotEqualTo(200);
    }

    @Test
    void requestWithoutHostHeaderIsAccepted() throws Exception {
        assertThat(StatusClient.ask(open(), "GET /health HTTP/1.0\r\n\r\n").status())
                .isEqualTo(200);
    }

    @Test
    void anyHostHeaderIsAcceptedOnOtherAddresses() throws Exception {
        int port = port(open("0.0.0.0:0", StatusServer.LIFETIME));
        Answer answer =
                StatusClient.ask(port, "GET /health HTTP/1.1\r\nHost: dest.example\r\n\r\n");
        assertThat(answer.status()).isEqualTo(200);
    }

    @Test
    void requestLineIsBounded() throws Exception {
        String path = "/" + "a".repeat(StatusHandler.MAX_LINE_BYTES);
        assertThat(StatusClient.get(open(), path).status()).isEqualTo(414);
    }

    @Test
    void headersAreBounded() throws Exception {
        String header = "X: " + "a".repeat(StatusHandler.MAX_HEADERS_BYTES);
        Answer answer = StatusClient.ask(open(), "GET /health HTTP/1.1\r\n" + header + "\r\n\r\n");
        assertThat(answer.status()).isEqualTo(431);
    }

    @Test
    void nonHttpRequestIsAnsweredWithBadRequest() throws Exception {
        assertThat(StatusClient.ask(open(), "\26\3\1 hello\r\n\r\n").status()).isEqualTo(400);
    }

    @Test
    void connectionIsAnsweredOnceAndBodyIsDropped() throws Exception {
        String get = "GET /health HTTP/1.1\r\nHost: localhost\r\n";
        String body = "x".repeat(100_000);
        try (StatusClient client = new StatusClient(open())) {
            client.say(get + "Content-Length: " + body.length() + "\r\n\r\n" + body);
            client.say(get + "\r\n");
            String heard = client.hearAll();
            assertThat(heard).containsOnlyOnce("HTTP/1.1 200 OK").contains("connection: close");
        }
    }

    @Test
    void concurrentConnectionsAreLimited() throws Exception {
        int port = open();
        List<StatusClient> held = new ArrayList<>();
        try {
            for (int i = 0; i < StatusServer.MAX_CONNECTIONS; i++) {
                held.add(new StatusClient(port));
            }
            try (StatusClient tooMany = new StatusClient(port)) {
                assertThat(tooMany.hearAll()).as("what one too many hears").isEmpty();
            }
            held.get(3).say("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n");
            assertThat(held.get(3).hear().status()).as("one that is held").isEqualTo(200);
            held.remove(3).close();
            Awaitility.await()
                    .ignoreExceptionsInstanceOf(AssertionError.class)
                    .ignoreExceptionsInstanceOf(IOException.class)
                    .until(() -> StatusClient.get(port, "/health").status() == 200);
        } finally {
            for (StatusClient client : held) {
                client.close();
            }
        }
    }

    @Test
    void slowClientIsDisconnectedAfterConnectionLifetime() throws Exception {
        int port = port(open("127.0.0.1:0", Duration.ofMillis(300)));
        try (StatusClient slow = new StatusClient(port)) {
            slow.say("GET /health HT");
            assertThat(slow.hearAll()).isEmpty();
        }
    }

    @Test
    void portInUseIsReportedWithOptionAndRemedy() throws Exception {
        int port = open();
        assertThatThrownBy(() -> open("127.0.0.1:" + port, StatusServer.LIFETIME))
                .isInstanceOf(IOException.class)
                .hasMessageContainingAll("--status 127.0.0.1:" + port, "in use", "choose another");
    }

    @Test
    void unknownHostIsReportedWithOption() {
        assertThatThrownBy(() -> open("nowhere.invalid:0", StatusServer.LIFETIME))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("--status nowhere.invalid:0");
    }

    @Test
    void unixSocketIsOnlyForRootAndOwner() throws Exception {
        Path file = folder.resolve("status.sock");
        open("unix:" + file, StatusServer.LIFETIME);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        try (SocketChannel client = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            client.connect(UnixDomainSocketAddress.of(file));
            client.write(
                    ByteBuffer.wrap(
                            "GET /health HTTP/1.1\r\nHost: any\r\n\r\n"
                                    .getBytes(StandardCharsets.US_ASCII)));
            ByteBuffer heard = ByteBuffer.allocate(4096);
            while (client.read(heard) >= 0) {
                assertThat(heard.hasRemaining()).isTrue();
            }
            assertThat(new String(heard.array(), 0, heard.position(), StandardCharsets.UTF_8))
                    .startsWith("HTTP/1.1 200 OK")
                    .endsWith("ok\n");
        }
    }
}
