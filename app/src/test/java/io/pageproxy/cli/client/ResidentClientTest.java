package io.pageproxy.cli.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.pageproxy.control.ControlServer;
import io.pageproxy.control.JobOutput;
import io.pageproxy.control.JobRefusedException;
import io.pageproxy.control.JobRequest;
import io.pageproxy.control.JobTask;
import io.pageproxy.control.Jobs;
import io.pageproxy.local.LocalUsers;
import io.pageproxy.net.Endpoint;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the client gives to a resident source, and when it leaves the work to the command. */
@Timeout(60)
class ResidentClientTest {
    private static final int EXIT = 6;

    @TempDir Path folder;
    private final LinkedBlockingQueue<JobRequest> requests = new LinkedBlockingQueue<>();
    private Optional<JobRefusedException> refusal = Optional.empty();
    private Path socket;
    private ControlServer server;

    @BeforeEach
    void open() throws Exception {
        socket = folder.resolve("s");
        server =
                ControlServer.open(
                        new Endpoint.UnixSocket(socket),
                        LocalUsers.ownOrRoot(),
                        new Jobs(this::create, 4),
                        Optional::empty);
    }

    @AfterEach
    void close() {
        server.close();
    }

    private JobTask create(JobRequest request) throws JobRefusedException {
        requests.add(request);
        if (refusal.isPresent()) {
            throw refusal.get();
        }
        return new JobTask() {
            @Override
            public int run(JobOutput output) {
                return EXIT;
            }

            @Override
            public void stop() {}
        };
    }

    private int runWith(Map<String, String> environment, String... words) throws Exception {
        return ResidentClient.run(words, environment);
    }

    private int run(String... words) throws Exception {
        return runWith(Map.of("PAGEPROXY_CONTROL", "unix:" + socket), words);
    }

    @Test
    void commandLineArrivesAsItWasTypedAndTheExitCodeComesBack() throws Exception {
        String odd = "a \"b\"\\ \u00e4\u20ac\t\n\u0001";
        assertThat(run("migrate", "--pid", "7", "--session=" + odd, "--", "--control", "x"))
                .isEqualTo(EXIT);
        assertThat(requests)
                .containsExactly(
                        new JobRequest(
                                "migrate",
                                List.of("--pid", "7", "--session=" + odd, "--", "--control", "x"),
                                Path.of("").toAbsolutePath()));
    }

    @Test
    void namedSocketIsUsedAndIsNoPartOfTheJob() throws Exception {
        for (List<String> option :
                List.of(
                        List.of("--control", "unix:" + socket),
                        List.of("--control=unix:" + socket))) {
            String[] words =
                    Stream.concat(Stream.of("source", "--connect", "h:1"), option.stream())
                            .toArray(String[]::new);
            assertThat(runWith(Map.of(), words)).isEqualTo(EXIT);
            assertThat(requests.remove().arguments()).containsExactly("--connect", "h:1");
        }
    }

    @Test
    void otherCommandsAreNotForAResidentSource() throws Exception {
        assertThat(run()).isEqualTo(ResidentClient.NOT_TAKEN);
        assertThat(run("dest")).isEqualTo(ResidentClient.NOT_TAKEN);
        assertThat(run("migrate", "--help")).isEqualTo(ResidentClient.NOT_TAKEN);
        assertThat(run("source", "--listen", "127.0.0.1:1")).isEqualTo(ResidentClient.NOT_TAKEN);
        // This is a resident source itself.
        assertThat(run("source", "--control", "unix:" + socket))
                .isEqualTo(ResidentClient.NOT_TAKEN);
        assertThat(runWith(Map.of("PAGEPROXY_CONTROL", ""), "migrate"))
                .isEqualTo(ResidentClient.NOT_TAKEN);
        assertThat(requests).isEmpty();
    }

    @Test
    void absenceIsAnErrorOnlyIfTheSocketIsOnTheCommandLine() throws Exception {
        server.close();
        assertThat(run("migrate")).isEqualTo(ResidentClient.NOT_TAKEN);
        assertThat(run("migrate", "--control", "unix:" + socket)).isEqualTo(1);
    }

    @Test
    void wrongOptionsEndTheCommandAndWhatIsNotTakenDoesNot() throws Exception {
        refusal = Optional.of(new JobRefusedException(400, "wrong", OptionalInt.of(2)));
        assertThat(run("migrate")).isEqualTo(2);
        for (int status : List.of(409, 429, 503)) {
            refusal = Optional.of(new JobRefusedException(status, "not now"));
            assertThat(run("migrate")).isEqualTo(ResidentClient.NOT_TAKEN);
            assertThat(run("migrate", "--control", "unix:" + socket)).isEqualTo(1);
        }
    }
}
