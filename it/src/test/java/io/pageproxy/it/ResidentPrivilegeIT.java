package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A resident source with {@code --user}: what speaks to the network has no rights, and one process
 * with root's rights does for each job what it permits.
 */
class ResidentPrivilegeIT extends LazyMigrations {
    private static final int MEGABYTES = 16;
    private static final String NOBODY = "65534";
    private static final String NO_CAPABILITIES = "0000000000000000";

    private OtherUser nobody;
    private Path socket;
    private Command resident;
    private boolean holdsPages;

    @BeforeEach
    void letNobodyReachFiles() throws IOException {
        nobody = OtherUser.reaching(lab, NOBODY, criu());
        nobody.ownsKey(lab, "source");
        socket = lab.folder("control").resolve("s");
        workload = lab.memory("work", MEGABYTES);
    }

    @Override
    List<String> timeouts() {
        return List.of("--peer-timeout", "3s");
    }

    @Override
    boolean holdsPages() {
        return holdsPages;
    }

    private void startResident(String... more) {
        List<String> options = new ArrayList<>(lab.pki().options("source"));
        options.addAll(List.of("--control", "unix:" + socket, "--user", NOBODY));
        options.addAll(List.of(more));
        resident = lab.proxy("resident", nobody.source(options));
        resident.awaitLine("control unix:");
    }

    private void startBoth() {
        startResident("--rehearse", "none", "--status", "127.0.0.1:0");
        dest = dest(lab.images(), "--allow-restore", "--peer-timeout", "3s");
    }

    private Command migrateByResident(String... more) {
        List<String> options = new ArrayList<>(List.of("--control", "unix:" + socket));
        options.addAll(timeouts());
        options.addAll(List.of(more));
        return migrate(Lab.address(dest), workload, options.toArray(String[]::new));
    }

    @Test
    void networkProcessHasNoRightsAndDoesEveryJob() throws IOException {
        startBoth();
        for (String thread : PrivilegeSeparationIT.statusOfThreads(networkProcess())) {
            assertThat(thread)
                    .contains("Uid:\t65534\t65534\t65534\t65534")
                    .contains("Gid:\t65534\t65534\t65534\t65534")
                    .contains("CapInh:\t" + NO_CAPABILITIES)
                    .contains("CapPrm:\t" + NO_CAPABILITIES)
                    .contains("CapEff:\t" + NO_CAPABILITIES)
                    .contains("CapBnd:\t" + NO_CAPABILITIES)
                    .contains("NoNewPrivs:\t1");
        }
        Path report = lab.folder("report").resolve("migration.json");
        Path images = lab.folder("report").resolve("images");
        migrate = migrateByResident("--json", report.toString(), "--images-dir", images.toString());

        assertThat(migrate.awaitExit()).as(() -> migrate + "\n" + resident).isZero();
        assertThat(migrate.stdout())
                .contains("runs at the destination, pid " + workload.pid(), "down at most");
        assertThat(migrate.stderr()).contains("1/4 pages", "4/4 commit");
        assertOneCopy(workload, dest, true);
        assertThat(Files.readString(report)).contains("\"result\":\"ok\"").endsWith("}\n");
        assertThat(images.resolve("inventory.img")).exists();
        assertThat(StatusPort.of(resident).metrics())
                .containsEntry("pageproxy_migrations_total{reason=\"completed\"}", 1.0);
        assertThat(PrivilegeSeparationIT.sockets(monitor())).as("of the network").isEmpty();

        workload = lab.memory("dumped", MEGABYTES);
        Command source = dumpByResident("--session", "by-hand");
        assertThat(source.awaitExit()).as(source::toString).isZero();
        assertThat(source.stderr()).contains("session done");
        lab.restoreAndCheck(criu(), workload, lab.folder("dump"), "by-hand");
        assertThat(resident.stderr()).doesNotContain("ERROR");
        assertBothEndInOrder();
    }

    private Command dumpByResident(String... more) {
        List<String> options = new ArrayList<>(List.of("--control", "unix:" + socket));
        options.addAll(List.of(more));
        return lab.sourceTo(
                Lab.address(dest),
                criu(),
                workload,
                lab.folder("dump"),
                options.toArray(String[]::new));
    }

    private void assertBothEndInOrder() {
        long network = networkProcess();
        Processes.signal("HUP", monitor());
        resident.terminate();

        assertThat(resident.awaitExit()).as(resident::toString).isZero();
        awaitEnd(network);
        assertThat(socket).doesNotExist();
    }

    @Test
    void treeMigratesLazily() {
        startResident("--rehearse", "none");
        begin(List.of(), List.of("--control", "unix:" + socket));

        assertThat(migrate.awaitExit()).as(() -> migrate + "\n" + resident).isZero();
        assertOneCopy(workload, dest, true);
    }

    @Test
    void whatIsNotTakenOrFailsLeavesTheTasksHere() {
        startBoth();
        // The process that speaks to the network could not write the file.
        Command source = dumpByResident("--summary", lab.folder("report").resolve("s").toString());
        assertThat(source.awaitExit()).isEqualTo(1);
        assertThat(source.stderr()).contains("give --summary -");
        workload.assertUntouched();

        migrate = migrateByResident("--hook", "frozen=true");
        assertThat(migrate.awaitExit()).isEqualTo(1);
        assertThat(migrate.stderr()).contains("--hook: with --user no job has hooks");
        assertOneCopy(workload, dest, false);

        migrate = migrateByResident("--", "--no-such-option");
        assertThat(migrate.awaitExit()).isEqualTo(4);
        assertThat(migrate.stderr()).contains("no-such-option", "the tasks run on here");
        assertOneCopy(workload, dest, false);
    }

    @Test
    void cancelledJobLetsTheTasksRunOn() {
        startBoth();
        Hold hold = Hold.at("post-dump", lab.folder("hold"));
        migrate = migrateByResident("--", hold.argument());
        hold.awaitReached();
        migrate.terminate();
        await().atMost(Command.TIMEOUT)
                .until(
                        () ->
                                ResidentIT.http(socket, "GET", "/v1/jobs", "")
                                        .contains("\"state\":\"stopping\""));
        hold.release();

        assertThat(migrate.awaitExit()).as(migrate::toString).isNotZero();
        assertThat(migrate.stderr()).contains("told to stop", "the tasks run on here");
        assertOneCopy(workload, dest, false);
        assertThat(resident.isAlive()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"network process", "monitor"})
    void killedWhileTheDumpIsHeldTheTasksRunOn(String victim) {
        startBoth();
        Hold hold = Hold.at("post-dump", lab.folder("hold"));
        migrate = migrateByResident("--", hold.argument());
        hold.awaitReached();
        boolean killsMonitor = victim.equals("monitor");
        long other = killsMonitor ? networkProcess() : monitor();
        Processes.signal("KILL", killsMonitor ? monitor() : networkProcess());
        hold.release();

        assertThat(migrate.awaitExit()).as(migrate::toString).isEqualTo(1);
        assertThat(migrate.stderr())
                .contains(
                        killsMonitor
                                ? "look at both hosts"
                                : "FAILED at the source, local_failure: the process that speaks to"
                                        + " the network has ended; the tasks run on here");
        assertOneCopy(workload, dest, false);
        awaitEnd(other);
    }

    @ParameterizedTest
    @ValueSource(strings = {"network process", "monitor"})
    void killedWhilePagesAreMissingOnlyCopyOfSourceRuns(String victim) {
        startResident("--rehearse", "none");
        holdsPages = true;
        begin(List.of(), List.of("--control", "unix:" + socket));
        awaitRunning();
        network.awaitHeld(PAGES);
        Overlap overlap = lab.keep(Overlap.of(workload));
        boolean killsMonitor = victim.equals("monitor");
        long other = killsMonitor ? networkProcess() : monitor();
        Processes.signal("KILL", killsMonitor ? monitor() : networkProcess());

        assertThat(migrate.awaitExit()).as(migrate::toString).isEqualTo(1);
        if (!killsMonitor) {
            assertThat(migrate.stderr()).contains("has ended; the tasks run on here");
        }
        assertOneCopy(workload, dest, false);
        overlap.assertNone();
        awaitEnd(other);
    }

    @Test
    void rehearsesAsTheUser() {
        startResident("--rehearse", "5s");

        assertThat(resident.stderr()).contains("rehearsed in ").doesNotContain("WARN");
    }

    @Test
    void folderOfTheSocketThatTheUserCanWriteIsRefused() {
        Path open = lab.images().resolve("s"); // the images folder is the user's
        List<String> options = new ArrayList<>(lab.pki().options("source"));
        options.addAll(List.of("--control", "unix:" + open, "--user", NOBODY));
        Command refused = lab.proxy("resident", nobody.source(options));

        assertThat(refused.awaitExit()).isEqualTo(1);
        assertThat(refused.stderr())
                .contains("--user 65534 can write " + lab.images())
                .contains("--control");
    }

    private static void awaitEnd(long pid) {
        await().atMost(Command.TIMEOUT).until(() -> "XZ".indexOf(Processes.state(pid)) >= 0);
    }

    private long networkProcess() {
        return only(true);
    }

    private long monitor() {
        return only(false);
    }

    private long only(boolean ofUser) {
        List<Long> pids =
                Processes.mentioning(socket.toString()).stream()
                        .filter(pid -> Processes.commandLine(pid).contains(" source "))
                        .filter(
                                pid ->
                                        Processes.commandLine(pid).contains("-Dpageproxy.monitor=")
                                                == ofUser)
                        .toList();
        assertThat(pids).hasSize(1);
        return pids.get(0);
    }
}
