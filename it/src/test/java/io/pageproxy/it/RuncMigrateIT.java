package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pageproxy.it.RuncHosts.Host;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code migrate --runc} with real containers: what moves, and what is refused before a freeze. */
@ExtendWith(LargePipes.class)
class RuncMigrateIT {
    private static final int SOME_BYTES = 1 << 20;

    @RegisterExtension final Lab lab = new Lab();
    private RuncHosts hosts;

    @BeforeEach
    void makeBundles() throws IOException {
        hosts = new RuncHosts(lab, SOME_BYTES);
    }

    @AfterEach
    void endContainers() {
        hosts.end();
    }

    private Command dest(String... more) {
        List<String> options = new ArrayList<>(hosts.destOptions());
        options.addAll(List.of(more));
        return lab.dest(Criu.BYTES_32, options.toArray(String[]::new));
    }

    @Test
    void containerMovesAndGoesOn() throws IOException {
        hosts.start();
        Command dest = dest();
        Path json = lab.folder("report").resolve("json");
        Command migrate = hosts.migrate(Lab.address(dest), "--json", json.toString());
        assertThat(migrate.awaitExit()).as(migrate::toString).isZero();

        hosts.assertRunsOnlyAt(Host.DESTINATION);
        assertThat(migrate.stdout()).contains("the tree runs at the destination");
        assertThat(Files.readString(json)).contains("\"copy\":\"destination\"");
        await().until(() -> Processes.mentioning("criu swrk").isEmpty()); // Others' come and go.
    }

    /** The destination has a root file system of its own, which it gets by rsync. */
    @Test
    void containerMovesWithItsWritableRootFileSystem() throws IOException {
        hosts.separate();
        hosts.start();
        Path bundle = hosts.bundle(Host.DESTINATION);
        Command dest = dest("--sync-root", bundle.getParent().toString());
        Command migrate =
                hosts.migrate(Lab.address(dest), hosts.sync(Host.SOURCE).toArray(String[]::new));
        assertThat(migrate.awaitExit()).as(migrate::toString).isZero();

        String frozen = Files.readString(hosts.rootfs().resolve("data/count"));
        hosts.assertRunsOnlyAt(Host.DESTINATION);
        assertThat(hosts.rootfs().resolve("data/count")).hasContent(frozen);
    }

    /** The destination has no bundle before; what config.json says is for it, and read at start. */
    @Test
    void containerMovesWithItsBundle() throws IOException {
        Path bundle = hosts.bundle(Host.DESTINATION);
        Files.delete(bundle.resolve("config.json"));
        hosts.start();
        hosts.edit(Host.SOURCE, "\"path\": \"" + hosts.rootfs() + "\"", "\"path\": \"rootfs\"");
        hosts.edit(Host.SOURCE, "-SOURCE\"", "-DESTINATION\"");
        Command dest = dest("--sync-root", bundle.getParent().toString());
        Command migrate = hosts.migrate(Lab.address(dest), "--sync-bundle");
        assertThat(migrate.awaitExit()).as(migrate::toString).isZero();

        Path count = bundle.resolve("rootfs/data/count");
        String frozen = Files.readString(hosts.rootfs().resolve("data/count"));
        await().until(() -> !Files.readString(count).equals(frozen));
        assertThat(hosts.status(Host.DESTINATION)).isEqualTo("running");
        assertThat(hosts.status(Host.SOURCE)).isEmpty();
    }

    /** Its root is read-only, with one folder of the host in it that is not. */
    @Test
    void severalProcessesAndMountsMoveWithOptionsOfRunc() throws IOException {
        for (Host each : Host.values()) {
            hosts.edit(each, "i=0;", "sleep 1000 & i=0;");
            hosts.makeReadOnlyButForData(each);
        }
        hosts.makeTmp();
        hosts.start();
        Command dest = dest("--runc-arg=--file-locks", "--runc-arg=--tcp-established");
        Command migrate =
                hosts.migrate(
                        Lab.address(dest),
                        "--",
                        "--file-locks",
                        "--tcp-established",
                        "--ext-unix-sk");
        assertThat(migrate.awaitExit()).as(migrate::toString).isZero();
        hosts.assertRunsOnlyAt(Host.DESTINATION);
    }

    @Test
    void containerRunsAtTheDestinationBeforeItsMemoryArrives() {
        hosts.start();
        Command migrate = hosts.migrate(Lab.address(dest()), "--lazy");
        assertThat(migrate.awaitExit()).as(migrate::toString).isZero();

        hosts.assertRunsOnlyAt(Host.DESTINATION);
        assertThat(migrate.stdout()).contains("with all its memory");
        await().until(() -> Processes.mentioning("criu swrk").isEmpty()); // Others' come and go.
    }

    /** A kernel that does not track memory lets runc refuse the first round. */
    @Test
    void containerMovesInRoundsOrRunsOnWithoutAFreeze() {
        hosts.start();
        Command migrate = hosts.migrate(Lab.address(dest()), "--rounds", "1");
        if (migrate.awaitExit() == 0) {
            hosts.assertRunsOnlyAt(Host.DESTINATION);
            assertThat(lab.images().resolve("web/parent")).isSymbolicLink();
        } else {
            assertThat(migrate.stderr())
                    .contains("round 1, session 'web-1': runc checkpoint failed by itself")
                    .containsIgnoringCase("criu is missing features")
                    .contains("CONFIG_MEM_SOFT_DIRTY")
                    .doesNotContain("1/4 pages");
            hosts.assertRunsOnlyAt(Host.SOURCE);
        }
    }

    @Test
    void imagesOnlyAreWholeForARestoreByHand() {
        hosts.start();
        Command dest = lab.dest(Criu.BYTES_32);
        Command migrate = hosts.migrate(Lab.address(dest), "--no-restore");
        assertThat(migrate.awaitExit()).as(migrate::toString).isZero();
        hosts.assertRunsNowhere();
        int last = hosts.counter().count();
        assertThat(hosts.restoreByHand(lab.images().resolve("web"))).isZero();
        hosts.counter().awaitAbove(last);
    }

    @Test
    void wrongBundleFailsTheRestoreAndTheContainerRunsOn() throws IOException {
        hosts.start();
        hosts.edit(
                Host.DESTINATION,
                "\"destination\": \"/dev\"",
                "\"destination\": \"/proc/nowhere\"");
        Command dest = dest();
        Command migrate = hosts.migrate(Lab.address(dest));
        assertThat(migrate.awaitExit()).as(migrate::toString).isEqualTo(5);
        assertThat(migrate.stderr()).contains("restore_failed").contains("the tasks run on here");
        hosts.assertRunsOnlyAt(Host.SOURCE);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "NO_BUNDLE      | 3 | config.json",
                "RUNS_THERE     | 3 | there is one of this id already, running",
                "TREES_ONLY     | 3 | --runc-bundles",
                "TERMINAL_THERE | 3 | wants a terminal",
                "UNKNOWN        | 2 | there is no such container",
                "PAUSED         | 2 | runc resume",
                "STOPPED        | 2 | the container is stopped",
                "REDIRECTED     | 2 | sets port",
                "LAZY_SOCKETS   | 2 | tcp-established for CRIU, and with --lazy",
                "READ_ONLY      | 2 | has no /tmp",
                "EXECUTED       | 2 | end what runc exec has started",
                "NO_CRIU        | 1 | /no/criu",
                "NO_RUNC        | 1 | /no/runc",
            })
    void whatCannotMoveIsRefusedBeforeItIsFrozen(Obstacle obstacle, int exit, String says)
            throws IOException {
        if (obstacle == Obstacle.REDIRECTED) {
            hosts.annotate(Host.SOURCE, "port 9");
        }
        if (obstacle == Obstacle.LAZY_SOCKETS) {
            hosts.annotate(Host.SOURCE, "tcp-established");
        }
        if (obstacle == Obstacle.READ_ONLY) {
            hosts.makeReadOnlyButForData(Host.SOURCE);
        }
        if (obstacle != Obstacle.UNKNOWN) {
            hosts.start();
        }
        Command dest =
                obstacle == Obstacle.TREES_ONLY
                        ? lab.dest(Criu.BYTES_32, "--allow-restore")
                        : dest();
        List<String> more = new ArrayList<>();
        switch (obstacle) {
            case NO_BUNDLE -> Files.delete(hosts.bundle(Host.DESTINATION).resolve("config.json"));
            case RUNS_THERE -> runThere();
            case TERMINAL_THERE ->
                    hosts.edit(
                            Host.DESTINATION,
                            "\"process\": {",
                            "\"process\": {\"terminal\": true,");
            case PAUSED -> hosts.runc(Host.SOURCE, "pause", RuncHosts.CONTAINER);
            case STOPPED -> {
                hosts.runc(Host.SOURCE, "kill", RuncHosts.CONTAINER, "KILL");
                await().until(() -> hosts.status(Host.SOURCE).equals("stopped"));
            }
            case EXECUTED ->
                    hosts.runc(
                            Host.SOURCE, "exec", "-d", RuncHosts.CONTAINER, "/bin/sleep", "1000");
            case LAZY_SOCKETS -> more.add("--lazy");
            case NO_CRIU -> more.addAll(List.of("--criu", "/no/criu"));
            case NO_RUNC -> more.addAll(List.of("--runc-program", "/no/runc"));
            default -> {}
        }
        String before = hosts.status(Host.SOURCE);
        Command migrate = hosts.migrate(Lab.address(dest), more.toArray(String[]::new));

        assertThat(migrate.awaitExit()).as(migrate::toString).isEqualTo(exit);
        assertThat(migrate.stderr()).contains(says).doesNotContain("1/4 pages");
        assertThat(hosts.status(Host.SOURCE)).isEqualTo(before);
    }

    /** What stands against a migration. */
    enum Obstacle {
        NO_BUNDLE,
        RUNS_THERE,
        TREES_ONLY,
        TERMINAL_THERE,
        UNKNOWN,
        PAUSED,
        STOPPED,
        REDIRECTED,
        LAZY_SOCKETS,
        READ_ONLY,
        EXECUTED,
        NO_CRIU,
        NO_RUNC
    }

    private void runThere() {
        assertThat(
                        hosts.runc(
                                Host.DESTINATION,
                                "run",
                                "-d",
                                "-b",
                                hosts.bundle(Host.DESTINATION) + "",
                                RuncHosts.CONTAINER))
                .isZero();
    }
}
