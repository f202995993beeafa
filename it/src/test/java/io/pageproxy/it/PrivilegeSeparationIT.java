package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Migrations to {@code dest --user}: what speaks to the network has no rights beyond one
 * capability, and one process with root's rights restores for it.
 */
class PrivilegeSeparationIT extends LazyMigrations {
    private static final int MEGABYTES = 16;
    private static final String NOBODY = "65534";
    private static final String CHECKPOINT_RESTORE = "0000010000000000";
    private static final String[] SEPARATED = {"--allow-restore", "--user", NOBODY};

    /** A root without capabilities is a user like any other, which every root can dump. */
    private static final List<String> NO_CAPABILITIES =
            List.of("setpriv", "--clear-groups", "--inh-caps=-all", "--bounding-set=-all");

    private OtherUser nobody;
    private boolean holdsPages;

    @BeforeEach
    void letNobodyReachFiles() throws IOException {
        nobody = OtherUser.reaching(lab, NOBODY, criu());
    }

    @Override
    List<String> destWords(Path images, List<String> options) {
        return nobody.dest(images, options);
    }

    @Override
    List<String> timeouts() {
        return List.of("--peer-timeout", "3s");
    }

    @Override
    boolean holdsPages() {
        return holdsPages;
    }

    @Test
    void networkProcessHasOneCapabilityAndTreeMigrates() throws IOException {
        workload = lab.memory("work", MEGABYTES);
        dest = dest(lab.images(), SEPARATED);
        for (String thread : statusOfThreads(networkProcess())) {
            assertThat(thread)
                    .contains("Uid:\t65534\t65534\t65534\t65534")
                    .contains("Gid:\t65534\t65534\t65534\t65534")
                    .containsPattern("Groups:\t(65534)? *\n")
                    .contains("CapPrm:\t" + CHECKPOINT_RESTORE)
                    .contains("CapEff:\t" + CHECKPOINT_RESTORE)
                    .contains("CapBnd:\t" + CHECKPOINT_RESTORE)
                    .contains("NoNewPrivs:\t1");
        }
        assertThat(sockets(monitor())).as("sockets of the network").isEmpty();

        migrate = migrate(Lab.address(dest), workload);
        assertThat(migrate.awaitExit()).as(() -> migrate + "\n" + dest).isZero();
        assertOneCopy(workload, dest, true);
        assertThat(folder().resolve("restore.log")).exists();
        assertNoCopiesOfImages();
        assertThat(dest.stderr()).doesNotContain("ERROR");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void restoreStandsReadyBeforeTheFreeze(boolean lazy) throws IOException {
        Hold hold = beforeTheFreeze(lazy);
        for (long pid : programs(lazy ? 2 : 1)) {
            assertThat(Processes.state(pid)).as(Processes.commandLine(pid)).isEqualTo('S');
        }
        assertThat(copiesOfImages()).singleElement().matches(Files::isSymbolicLink);
        workload.assertUntouched();
        hold.release();

        assertThat(migrate.awaitExit()).as(() -> migrate + "\n" + dest).isZero();
        assertOneCopy(workload, dest, true);
        assertNoCopiesOfImages();
    }

    @ParameterizedTest
    @ValueSource(strings = {"network process", "monitor", "source"})
    void programsThatStandReadyEndWithTheirMigration(String victim) throws IOException {
        Hold hold = beforeTheFreeze(true);
        List<Long> programs = programs(2);
        Processes.signal(
                "KILL",
                switch (victim) {
                    case "monitor" -> monitor();
                    case "source" -> migrate.pid();
                    default -> networkProcess();
                });

        programs.forEach(PrivilegeSeparationIT::awaitEnd);
        hold.release();
        migrate.awaitExit();
        assertOneCopy(workload, dest, false);
    }

    /** A migration whose dump has frozen nothing yet. */
    private Hold beforeTheFreeze(boolean lazy) {
        workload = lab.memory("work", MEGABYTES);
        Hold hold = Hold.at("pre-dump", lab.folder("hold"));
        List<String> options = new ArrayList<>(timeouts());
        options.addAll(List.of(SEPARATED));
        dest = dest(lab.images(), options.toArray(String[]::new));
        migrate =
                migrate(
                        Lab.address(dest),
                        workload,
                        lazy ? "--lazy" : "--lanes=1",
                        "--",
                        hold.argument());
        hold.awaitReached();
        return hold;
    }

    /** What the monitor has started of CRIU, once that are so many. */
    private List<Long> programs(int count) {
        return await().atMost(Command.TIMEOUT)
                .until(
                        () ->
                                ProcessHandle.of(monitor())
                                        .orElseThrow()
                                        .children()
                                        .map(ProcessHandle::pid)
                                        .filter(pid -> isOfRestore(pid))
                                        .toList(),
                        found -> found.size() == count);
    }

    private static boolean isOfRestore(long pid) {
        return Processes.commandLine(pid).matches(".* (restore|lazy-pages) .*");
    }

    @Test
    void treeMigratesLazily() throws IOException {
        workload = lab.memory("work", MEGABYTES);
        holdsPages = false;
        begin(List.of("--user", NOBODY), List.of());

        assertThat(migrate.awaitExit()).as(() -> migrate + "\n" + dest).isZero();
        workload.assertGood();
        assertOneCopy(workload, dest, true);
        assertNoCopiesOfImages();
    }

    @Test
    void onlyTreesOfRestoreUserMigrate() throws IOException {
        dest = dest(lab.images(), restoring("root"));
        for (boolean lazy : new boolean[] {false, true}) {
            String name = lazy ? "lazy" : "whole";
            Workload plain = lab.memory(NO_CAPABILITIES, name, MEGABYTES);
            String way = lazy ? "--lazy" : "--lanes=1";
            migrate = migrate(Lab.address(dest), plain, way, "--session", name);

            assertThat(migrate.awaitExit()).as(() -> migrate + "\n" + dest).isZero();
            assertOneCopy(plain, dest, true);
        }
        workload = lab.memory("work", MEGABYTES);
        assertRefused("--lanes=1", "a task has ");
    }

    @Test
    void treeOfAnotherUserIsRefusedAndRunsOn() throws IOException {
        dest = dest(lab.images(), restoring(NOBODY));
        workload = lab.memory("work", MEGABYTES);
        String reason = "a task runs as user 0; here restored trees must run as user 65534";
        assertRefused("--lanes=1", reason);
        assertRefused("--lazy", reason);
    }

    private void assertRefused(String way, String reason) {
        migrate = migrate(Lab.address(dest), workload, way);

        assertThat(migrate.awaitExit()).as(() -> migrate + "\n" + dest).isEqualTo(5);
        assertThat(migrate.stderr()).contains("restore_failed", reason, "the tasks run on here");
        assertOneCopy(workload, dest, false);
    }

    private static String[] restoring(String user) {
        List<String> options = new ArrayList<>(List.of(SEPARATED));
        options.addAll(List.of("--restore-user", user));
        return options.toArray(String[]::new);
    }

    /** The network process or its monitor is killed while the restored tree is paused. */
    @ParameterizedTest
    @ValueSource(strings = {"network process", "monitor"})
    void killedWhilePausedOnlyCopyOfSourceRuns(String victim) throws IOException {
        workload = lab.memory("work", MEGABYTES);
        Hold hold = Hold.at("post-restore", lab.folder("hold"));
        List<String> options = new ArrayList<>(timeouts());
        options.addAll(List.of(SEPARATED));
        options.add("--restore-arg=" + hold.argument());
        dest = dest(lab.images(), options.toArray(String[]::new));
        migrate = migrate(Lab.address(dest), workload, "--peer-timeout", "3s");
        hold.awaitReached();
        long other = victim.equals("monitor") ? networkProcess() : monitor();
        Processes.signal("KILL", victim.equals("monitor") ? monitor() : networkProcess());
        hold.release();

        assertThat(migrate.awaitExit()).as(migrate::toString).isNotZero();
        assertThat(migrate.stderr()).contains("the tasks run on here");
        assertOneCopy(workload, dest, false);
        awaitEnd(other);
    }

    @ParameterizedTest
    @ValueSource(strings = {"network process", "monitor"})
    void killedWhilePagesAreMissingOnlyCopyOfSourceRuns(String victim) throws IOException {
        workload = lab.memory("work", MEGABYTES);
        holdsPages = true;
        begin(List.of("--user", NOBODY), List.of());
        awaitRunning();
        network.awaitHeld(PAGES);
        Overlap overlap = lab.keep(Overlap.of(workload));
        long other = victim.equals("monitor") ? networkProcess() : monitor();
        Processes.signal("KILL", victim.equals("monitor") ? monitor() : networkProcess());

        assertThat(migrate.awaitExit()).as(migrate::toString).isNotZero();
        assertThat(migrate.stderr()).contains("the tasks run on here");
        assertOneCopy(workload, dest, false);
        overlap.assertNone();
        awaitEnd(other);
    }

    @Test
    void keyThatUserCannotReachIsNamed() throws IOException {
        Files.setPosixFilePermissions(
                lab.pki().dir(), PosixFilePermissions.fromString("rwx------"));
        List<String> options = new ArrayList<>(lab.pki().options("dest"));
        options.addAll(List.of("--allow-dns", "source", "--user", NOBODY));
        Command refused = lab.proxy("dest", nobody.dest(lab.images(), options));

        assertThat(refused.awaitExit()).isEqualTo(1);
        assertThat(refused.stderr())
                .contains("--user 65534 cannot enter " + lab.pki().dir())
                .contains("setfacl -m u:65534:x " + lab.pki().dir());
    }

    @Test
    void terminatedMonitorStopsNetworkProcessInOrder() throws IOException {
        List<String> options = new ArrayList<>(lab.pki().options("dest"));
        options.addAll(List.of("--allow-dns", "source", "--user", NOBODY));
        Command alone = lab.proxy("dest", nobody.dest(lab.images(), options));
        alone.awaitLine("listening ");
        Processes.signal("HUP", alone.pid());
        long network = networkProcess();
        alone.terminate();

        assertThat(alone.awaitExit()).as(alone::toString).isZero();
        awaitEnd(network);
    }

    /** What root has copied is gone once it is not needed. */
    private void assertNoCopiesOfImages() throws IOException {
        await().atMost(Command.TIMEOUT).until(() -> copiesOfImages().isEmpty());
    }

    private List<Path> copiesOfImages() throws IOException {
        try (var files = Files.walk(lab.images())) {
            return files.filter(file -> file.toString().contains("/.monitor-"))
                    .filter(file -> file.toString().endsWith(".img"))
                    .toList();
        }
    }

    private static void awaitEnd(long pid) {
        await().atMost(Command.TIMEOUT).until(() -> "XZ".indexOf(Processes.state(pid)) >= 0);
    }

    private long networkProcess() {
        return only(javas().stream().filter(pid -> isOfUser(pid)).toList());
    }

    private long monitor() {
        return only(javas().stream().filter(pid -> !isOfUser(pid)).toList());
    }

    private static boolean isOfUser(long pid) {
        return Processes.commandLine(pid).contains("-Dpageproxy.monitor=");
    }

    private List<Long> javas() {
        return ofDest(lab.images(), "-Dpageproxy.home=").stream()
                .filter(pid -> !Processes.commandLine(pid).contains(" migrate "))
                .filter(pid -> !Processes.commandLine(pid).contains("unshare"))
                .toList();
    }

    private static long only(List<Long> pids) {
        assertThat(pids).hasSize(1);
        return pids.get(0);
    }

    static List<String> statusOfThreads(long pid) throws IOException {
        List<String> threads = new ArrayList<>();
        for (String thread : Path.of("/proc/" + pid + "/task").toFile().list()) {
            threads.add(Files.readString(Path.of("/proc/" + pid + "/task/" + thread + "/status")));
        }
        return threads;
    }

    /** Sockets of a process that are in a table of the network. */
    static List<String> sockets(long pid) throws IOException {
        List<String> tables = new ArrayList<>();
        for (String table : List.of("tcp", "tcp6", "udp", "udp6")) {
            Path file = Path.of("/proc/" + pid + "/net/" + table);
            if (Files.exists(file)) {
                tables.add(Files.readString(file));
            }
        }
        List<String> found = new ArrayList<>();
        for (String descriptor : Path.of("/proc/" + pid + "/fd").toFile().list()) {
            String open =
                    Files.readSymbolicLink(Path.of("/proc/" + pid + "/fd/" + descriptor))
                            .toString();
            String inode = open.replaceAll("\\D", "");
            if (open.startsWith("socket:")
                    && tables.stream().anyMatch(table -> table.contains(" " + inode + " "))) {
                found.add(open);
            }
        }
        return found;
    }
}
