package io.pageproxy.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Jobs of a resident source: given by the thin client, and over HTTP as other programs do. */
class ResidentIT extends WholeMigrations {
    private static final int MEGABYTES = 16;
    private static final int WRONG_USAGE = 2;
    private static final int KILLED = 137;

    private Path socket;
    private Command resident;
    private Command dest;
    private Workload workload;
    private Hold hold;

    @BeforeEach
    void startBoth() {
        socket = lab.folder("control").resolve("s");
        List<String> options = new ArrayList<>(lab.pki().options("source"));
        options.addAll(List.of("--control", "unix:" + socket, "--status", "127.0.0.1:0"));
        options.addAll(List.of("--rehearse", "none")); // RehearsalIT has that.
        List<String> words = new ArrayList<>(List.of(Pageproxy.program().toString(), "source"));
        words.addAll(options);
        resident = lab.proxy("resident", words);
        dest = dest(lab.images(), "--allow-restore");
        resident.awaitLine("control unix:");
    }

    private Command migrateByResident(Workload workload, String... more) {
        List<String> options = new ArrayList<>(List.of("--control", "unix:" + socket));
        options.addAll(List.of(more));
        return migrate(Lab.address(dest), workload, options.toArray(String[]::new));
    }

    private Command migrateAs(String session, Workload workload, String... more) {
        List<String> options = new ArrayList<>(lab.pki().options("source"));
        options.addAll(List.of("--control", "unix:" + socket, "--session", session));
        options.addAll(List.of("--criu", criu().program()));
        options.addAll(List.of(more));
        return lab.proxy(session, Pageproxy.migrate(Lab.address(dest), workload.pid(), options));
    }

    private String http(String method, String path, String body) {
        return http(socket, method, path, body);
    }

    /** Asks at a control socket; returns the whole answer. */
    static String http(Path socket, String method, String path, String body) {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            String head = method + " " + path + " HTTP/1.1\r\nHost: x\r\nContent-Length: ";
            byte[] content = body.getBytes(UTF_8);
            channel.write(
                    ByteBuffer.wrap((head + content.length + "\r\n\r\n" + body).getBytes(UTF_8)));
            ByteArrayOutputStream answer = new ByteArrayOutputStream();
            ByteBuffer bytes = ByteBuffer.allocate(4096);
            while (channel.read(bytes) >= 0) {
                answer.write(bytes.array(), 0, bytes.position());
                bytes.clear();
            }
            return answer.toString(UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void clientPrintsWhatTheCommandPrintsAndTheResidentSourceCounts() throws IOException {
        Workload workload = lab.memory("work", MEGABYTES);
        Path report = lab.folder("report").resolve("migration.json");
        Command migrate = migrateByResident(workload, "--json", report.toString());

        assertThat(migrate.awaitExit()).as(migrate::toString).isZero();
        assertThat(migrate.stdout())
                .contains("runs at the destination, pid " + workload.pid(), "down at most");
        assertThat(migrate.stderr()).contains("1/4 pages", "4/4 commit");
        assertThat(Files.readString(report)).contains("\"result\":\"ok\"");
        assertOneCopy(workload, dest, true);
        assertThat(http("GET", "/v1/jobs", ""))
                .contains("\"exit_code\":0", "\"copy\":\"destination\"");
        StatusPort status = StatusPort.of(resident);
        assertThat(status.metrics())
                .containsEntry("pageproxy_migrations_total{reason=\"completed\"}", 1.0)
                .containsEntry("pageproxy_migration_downtime_seconds_count", 1.0);
        assertThat(status.ask("/sessions/ended")).contains("\"session\":\"" + SESSION + "\"");
    }

    @Test
    void jobOverHttpMovesTheTreeAndItsEventsTellTheEnd() {
        Workload workload = lab.memory("work", MEGABYTES);
        String answer =
                http(
                        "POST",
                        "/v1/jobs",
                        "{\"command\":\"migrate\",\"directory\":\"/\",\"options\":{\"pid\":"
                                + workload.pid()
                                + ",\"connect\":\""
                                + Lab.address(dest)
                                + "\",\"session\":\"web\",\"criu\":\""
                                + criu().program()
                                + "\"}}");
        assertThat(answer).contains(" 201 ");
        String job = answer.replaceFirst("(?s).*location: (\\S+).*", "$1");

        assertThat(http("GET", job + "/events", ""))
                .contains("event: log\n", "event: stdout\n", "event: exit\n", "\"exit_code\":0");
        assertOneCopy(workload, dest, true);
    }

    @Test
    void twoJobsRunAtATime() {
        Workload one = lab.memory("one", MEGABYTES);
        Workload other = lab.memory("other", MEGABYTES);
        Hold hold = Hold.at("post-dump", lab.folder("hold"));
        Command held = migrateAs("one", one, "--", hold.argument());
        hold.awaitReached();
        Command free = migrateAs("other", other);

        assertThat(free.awaitExit()).as(free::toString).isZero();
        assertThat(held.isAlive()).isTrue();
        hold.release();
        assertThat(held.awaitExit()).as(held::toString).isZero();
        one.assertGood();
        other.assertGood();
    }

    /** A migration by the resident source of which the dump is done. */
    private Command heldMigration() {
        workload = lab.memory("work", MEGABYTES);
        hold = Hold.at("post-dump", lab.folder("hold"));
        Command migrate = migrateByResident(workload, "--", hold.argument());
        hold.awaitReached();
        return migrate;
    }

    @Test
    void signalToTheClientCancelsAndTheTasksRunOn() {
        Command migrate = heldMigration();
        migrate.terminate();
        await().atMost(Command.TIMEOUT)
                .until(() -> http("GET", "/v1/jobs", "").contains("\"state\":\"stopping\""));
        hold.release();

        assertThat(migrate.awaitExit()).as(migrate::toString).isNotZero();
        assertThat(migrate.stderr()).contains("told to stop", "the tasks run on here");
        assertOneCopy(workload, dest, false);
    }

    /** The client of a killed resident source cannot know more, but tells where to look. */
    @Test
    void killedResidentSourceLeavesTheTasksRunning() {
        Command migrate = heldMigration();
        resident.kill();
        assertThat(resident.awaitExit()).isEqualTo(KILLED);
        hold.release();

        assertThat(migrate.awaitExit()).as(migrate::toString).isEqualTo(1);
        assertThat(migrate.stderr()).contains("is gone", "look at both hosts");
        assertOneCopy(workload, dest, false);
    }

    @Test
    void jobOutlivesAKilledClient() {
        Command migrate = heldMigration();
        migrate.kill();
        migrate.awaitExit();
        hold.release();

        await().atMost(Command.TIMEOUT)
                .until(() -> http("GET", "/v1/jobs", "").contains("\"state\":\"over\""));
        assertOneCopy(workload, dest, true);
    }

    @Test
    void wrongOptionsAreReportedAsByTheCommand() {
        Workload workload = lab.memory("work", 1);
        Command migrate = migrateByResident(workload, "--rounds", "99");

        assertThat(migrate.awaitExit()).isEqualTo(WRONG_USAGE);
        assertThat(migrate.stderr()).contains("--rounds", "See pageproxy migrate --help");
        assertOneCopy(workload, dest, false);
    }

    /** With the socket in the environment the command does by itself what is not taken. */
    @Test
    void otherCertificatesAreNotTakenAndTheCommandDoesItByItself() throws IOException {
        Workload workload = lab.memory("work", MEGABYTES);
        Path copy = lab.folder("copy").resolve("source.pem");
        List<String> own = lab.pki().options("source");
        Files.copy(Path.of(own.get(own.indexOf("--cert") + 1)), copy);
        List<String> options = new ArrayList<>(own);
        options.set(options.indexOf("--cert") + 1, copy.toString());
        options.addAll(List.of("--session", SESSION, "--criu", criu().program()));
        List<String> words = new ArrayList<>(List.of("env", "PAGEPROXY_CONTROL=unix:" + socket));
        words.addAll(Pageproxy.migrate(Lab.address(dest), workload.pid(), options));
        Command migrate = lab.start("migrate", words);

        assertThat(migrate.awaitExit()).as(migrate::toString).isZero();
        assertThat(migrate.stderr()).contains("does not take this: --cert " + copy);
        assertThat(http("GET", "/v1/jobs", "")).contains("\"jobs\":[]");
        assertOneCopy(workload, dest, true);
    }

    @Test
    void dumpBehindTheDashesIsAJobToo() {
        Workload workload = lab.memory("work", MEGABYTES);
        Command source =
                lab.sourceTo(
                        Lab.address(dest),
                        criu(),
                        workload,
                        lab.folder("dump"),
                        "--session",
                        "by-hand",
                        "--control",
                        "unix:" + socket);

        assertThat(source.awaitExit()).as(source::toString).isZero();
        assertThat(source.stderr()).contains("session done");
        lab.restoreAndCheck(criu(), workload, lab.folder("dump"), "by-hand");
    }

    @Test
    void drainTakesNoMoreJobsAndWaitsForThoseThatRun() {
        Command migrate = heldMigration();
        resident.terminate();
        await().atMost(Command.TIMEOUT)
                .until(
                        () ->
                                http("POST", "/v1/jobs", "{}").contains(" 400 ")
                                        && http("GET", "/v1/health", "").contains(" 503 "));
        hold.release();

        assertThat(migrate.awaitExit()).as(migrate::toString).isNotZero();
        assertThat(resident.awaitExit()).isZero();
        assertOneCopy(workload, dest, false);
        assertThat(socket).doesNotExist();
    }
}
