package io.pageproxy.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pageproxy.control.ControlClient.Answer;
import io.pageproxy.local.LocalUsers;
import io.pageproxy.net.Endpoint;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The control socket: its resources, and its bounds. */
@Timeout(60)
class ControlServerTest {
    private static final int LIMIT = 3;
    private static final String REQUEST =
            "{\"command\":\"migrate\",\"options\":{\"pid\":4711,\"lazy\":true,\"crl\":false,"
                    + "\"allow-dns\":[\"a\",\"b\"]},\"arguments\":[\"--\",\"-x\"],"
                    + "\"directory\":\"/tmp\"}";

    /** Runs until it is told what to end with. */
    private static final class HeldTask implements JobTask {
        private final BlockingQueue<Integer> exits = new LinkedBlockingQueue<>();
        private final CountDownLatch begun = new CountDownLatch(1);
        private JobOutput output;

        @Override
        public int run(JobOutput to) throws InterruptedException {
            output = to;
            begun.countDown();
            return exits.take();
        }

        @Override
        public void stop() {
            exits.add(143);
        }
    }

    @TempDir Path folder;
    private final List<HeldTask> tasks = new ArrayList<>();
    private final List<JobRequest> requests = new ArrayList<>();
    private final Jobs jobs = new Jobs(this::create, LIMIT);
    private ControlServer server;
    private ControlClient client;
    private Optional<String> fault = Optional.empty();

    private synchronized JobTask create(JobRequest request) throws JobRefusedException {
        requests.add(request);
        if (request.arguments().contains("--wrong")) {
            throw new JobRefusedException(400, "wrong\nSee --help", OptionalInt.of(2));
        }
        tasks.add(new HeldTask());
        return tasks.get(tasks.size() - 1);
    }

    @BeforeEach
    void open() throws Exception {
        open(LocalUsers.ownOrRoot());
    }

    private void open(LocalUsers users) throws Exception {
        Path socket = folder.resolve("control");
        server =
                ControlServer.open(
                        new Endpoint.UnixSocket(socket),
                        users,
                        jobs,
                        () -> fault,
                        Duration.ofSeconds(30));
        client = new ControlClient(socket);
    }

    @AfterEach
    void close() {
        jobs.stop();
        server.close();
    }

    private String begin() throws IOException {
        Answer answer = client.send("POST", "/v1/jobs", REQUEST);
        assertThat(answer.status()).as(answer.body()).isEqualTo(201);
        return answer.head().replaceFirst("(?s).*location: (/v1/jobs/[0-9a-f]{32}).*", "$1");
    }

    private HeldTask task(int number) throws InterruptedException {
        HeldTask task = tasks.get(number);
        task.begun.await();
        return task;
    }

    private String awaitState(String job, String state) {
        return await().until(
                        () -> client.send("GET", job, "").body(),
                        body -> body.contains("\"state\":\"" + state + "\""));
    }

    @Test
    void jobGetsOptionsAsWordsAndIsToldAbout() throws Exception {
        String job = begin();

        assertThat(requests)
                .containsExactly(
                        new JobRequest(
                                "migrate",
                                List.of(
                                        "--pid=4711",
                                        "--lazy",
                                        "--allow-dns=a",
                                        "--allow-dns=b",
                                        "--",
                                        "-x"),
                                Path.of("/tmp")));
        assertThat(client.send("GET", job, "").body())
                .contains("\"state\":\"running\"", "\"exit_code\":null", "\"report\":null");
        task(0).output.report("{\"pid\":7}");
        task(0).exits.add(5);
        assertThat(awaitState(job, "over")).contains("\"exit_code\":5", "\"report\":{\"pid\":7}");
        assertThat(client.send("GET", "/v1/jobs", "").body()).contains(job.substring(9));
    }

    @Test
    void eventsOfThePastAreReplayedAndTheStreamEndsWithTheExit() throws Exception {
        String job = begin();
        task(0).output.stdout("early \"word\"\n");
        try (SocketChannel events = client.connect()) {
            ControlClient.request(events, "GET", job + "/events", "");
            task(0).output.stderr("late\n");
            task(0).output.log("line\n");
            task(0).exits.add(0);

            Answer answer = ControlClient.answer(ControlClient.readAll(events));
            assertThat(answer.head()).contains("content-type: text/event-stream");
            assertThat(answer.body())
                    .isEqualTo(
                            "id: 1\nevent: stdout\ndata: {\"text\":\"early \\\"word\\\"\\n\"}\n\n"
                                    + "id: 2\nevent: stderr\ndata: {\"text\":\"late\\n\"}\n\n"
                                    + "id: 3\nevent: log\ndata: {\"text\":\"line\\n\"}\n\n"
                                    + "id: 4\nevent: exit\ndata:"
                                    + " {\"exit_code\":0,\"report\":null}\n\n");
        }
    }

    @Test
    void progressIsSentWhileThereIsNothingElse() throws Exception {
        String job = begin();
        try (SocketChannel events = client.connect()) {
            ControlClient.request(events, "GET", job + "/events", "");
            await().until(() -> task(0).output.hasReaders());
            task(0).output.progress("half", json -> json.writeNumberField("pages", 7));
            StringBuilder seen = new StringBuilder();
            await().until(() -> seen.append(readSome(events)).indexOf("pages") > 0);
            assertThat(seen).contains("event: progress\ndata: {\"text\":\"half\",\"pages\":7}\n\n");
        }
    }

    private static String readSome(SocketChannel channel) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(4096);
        channel.read(bytes);
        return new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8);
    }

    /** Much more is said than the kernel, the server and the job keep. */
    @Test
    void slowReaderIsToldWhatItHasMissedAndGetsTheEnd() throws Exception {
        String job = begin();
        try (SocketChannel events = client.connect()) {
            ControlClient.request(events, "GET", job + "/events", "");
            await().until(() -> task(0).output.hasReaders());
            String line = "x".repeat(999) + "\n";
            int lines = 20_000;
            for (int i = 0; i < lines; i++) {
                task(0).output.stdout(line);
            }
            task(0).exits.add(0);
            awaitState(job, "over");

            String all = ControlClient.readAll(events);
            assertThat(all).contains("event: missed\n").contains("event: exit\n");
            assertThat(all.length()).isLessThan(2 << 20);
        }
    }

    @Test
    void cancelStopsTheJobAndOneThatIsOverStaysAsItIs() throws Exception {
        String job = begin();
        task(0);

        assertThat(client.send("DELETE", job, "").status()).isEqualTo(202);
        assertThat(awaitState(job, "over")).contains("\"exit_code\":143");
        assertThat(client.send("DELETE", job, "").status()).isEqualTo(200);
    }

    @Test
    void refusalSaysWhatTheCommandWouldSay() throws Exception {
        Answer answer = client.send("POST", "/v1/jobs", REQUEST.replace("\"-x\"", "\"--wrong\""));

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.body())
                .isEqualTo("{\"message\":\"wrong\\nSee --help\",\"exit_code\":2}\n");
        assertThat(jobs.running()).isZero();
    }

    @Test
    void otherTextsAreNoJobs() throws Exception {
        for (String body :
                List.of(
                        "",
                        "[]",
                        "{",
                        REQUEST + "x",
                        "{\"command\":\"migrate\"}",
                        REQUEST.replace("/tmp", "tmp"),
                        REQUEST.replace("\"lazy\"", "\"--lazy\""),
                        REQUEST.replace("\"lazy\"", "\"config\""),
                        REQUEST.replace("true", "null"),
                        REQUEST.replace("\"arguments\"", "\"argument\""),
                        REQUEST.replace("[\"--\",\"-x\"]", "\"--\""),
                        REQUEST.replace("4711", "[[[[[[1]]]]]]"))) {
            assertThat(client.send("POST", "/v1/jobs", body).status()).as(body).isEqualTo(400);
        }
        assertThat(requests).isEmpty();
    }

    @Test
    void bodyBeyondTheBoundIsRefused() throws Exception {
        String long_ = "x".repeat(ControlHandler.MAX_BODY_BYTES);
        assertThat(client.send("POST", "/v1/jobs", REQUEST + " " + long_).status()).isEqualTo(413);
        assertThat(requests).isEmpty();
    }

    @Test
    void moreJobsThanTheLimitAreRefusedUntilOneIsOver() throws Exception {
        String first = begin();
        for (int i = 1; i < LIMIT; i++) {
            begin();
        }
        assertThat(client.send("POST", "/v1/jobs", REQUEST).status()).isEqualTo(429);
        task(0).exits.add(0);
        awaitState(first, "over");
        await().until(() -> jobs.running() < LIMIT);
        begin();
    }

    @Test
    void onlyTheNewestOfTheJobsThatAreOverAreKept() throws Exception {
        String oldest = begin();
        task(0).exits.add(0);
        awaitState(oldest, "over");
        for (int i = 1; i <= Jobs.MAX_OVER; i++) {
            String job = begin();
            task(i).exits.add(0);
            awaitState(job, "over");
        }
        begin();
        assertThat(jobs.all()).hasSize(Jobs.MAX_OVER + 1);
        assertThat(client.send("GET", oldest, "").status()).isEqualTo(404);
    }

    @Test
    void moreConnectionsThanTheLimitAreClosed() throws Exception {
        List<SocketChannel> open = new ArrayList<>();
        try {
            for (int i = 0; i < ControlServer.MAX_CONNECTIONS; i++) {
                open.add(client.connect());
            }
            try (SocketChannel surplus = client.connect()) {
                assertThat(ControlClient.readAll(surplus)).isEmpty();
            }
            open.remove(0).close();
            await().ignoreExceptions()
                    .until(() -> client.send("GET", "/v1/health", "").status() == 200);
        } finally {
            for (SocketChannel channel : open) {
                channel.close();
            }
        }
    }

    @Test
    void onlyOwnUserAndRootMayConnect() throws Exception {
        Path socket = folder.resolve("control");
        assertThat(Files.getPosixFilePermissions(socket))
                .isEqualTo(PosixFilePermissions.fromString("rw-------"));
        server.close();
        open(LocalUsers.only(Set.of(54_321)));
        try (SocketChannel stranger = client.connect()) {
            assertThat(ControlClient.readAll(stranger)).isEmpty();
        }
    }

    @Test
    void stoppingTakesNoJobsAndEndsThoseThatRun() throws Exception {
        String job = begin();
        task(0);
        jobs.stop();

        assertThat(client.send("POST", "/v1/jobs", REQUEST).status()).isEqualTo(503);
        assertThat(awaitState(job, "over")).contains("\"exit_code\":143");
        jobs.awaitEnd();
    }

    @Test
    void healthSaysWhatIsWrong() throws Exception {
        assertThat(client.send("GET", "/v1/health", "").body())
                .isEqualTo(
                        "{\"ok\":true,\"message\":\"ok\",\"jobs_running\":0,\"jobs_limit\":3}\n");
        fault = Optional.of("it drains");
        Answer answer = client.send("GET", "/v1/health", "");
        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.body()).contains("it drains");
    }

    @Test
    void otherPathsAndMethodsAreRefused() throws Exception {
        assertThat(client.send("GET", "/", "").status()).isEqualTo(404);
        assertThat(client.send("GET", "/v1/jobs/none", "").status()).isEqualTo(404);
        assertThat(client.send("PUT", "/v1/jobs", "").head()).contains(" 405 ", "GET, POST");
        assertThat(client.send("POST", "/v1/health", "").status()).isEqualTo(405);
        try (SocketChannel channel = client.connect()) {
            ControlClient.request(channel, "GET", "/" + "a".repeat(3000), "");
            assertThat(ControlClient.readAll(channel)).contains(" 414 ");
        }
    }

    @Test
    void internalErrorOfATaskIsItsExitAndNotTheServers() throws Exception {
        Jobs failing =
                new Jobs(
                        request ->
                                new JobTask() {
                                    @Override
                                    public int run(JobOutput output) {
                                        throw new IllegalStateException("bug");
                                    }

                                    @Override
                                    public void stop() {}
                                },
                        1);
        Job job = failing.begin(new JobRequest("migrate", List.of(), folder));
        await().atMost(10, TimeUnit.SECONDS).until(() -> job.exitCode().isPresent());
        assertThat(job.exitCode()).hasValue(1);
        assertThat(job.events().after(0).orElseThrow().data()).contains("bug");
    }
}
