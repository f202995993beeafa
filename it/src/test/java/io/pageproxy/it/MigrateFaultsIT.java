package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Injects faults that need real processes: killed processes, a full disk, a network that is gone.
 * Afterwards exactly one copy runs or, if the source's copy was given up and one of the sides is
 * gone, none runs and the images are complete.
 *
 * <p>The unit tests have a table of every phase with every event for each side: {@code
 * io.pageproxy.source.migrate.PushMigrationTest} and {@code
 * io.pageproxy.dest.migrate.PushMigrationTableTest}.
 */
class MigrateFaultsIT extends WholeMigrations {
    private static final int MEGABYTES = 16;
    private static final long SOME_PAGES_BYTES = 2 << 20;
    private static final long PART_OF_THE_FILES_BYTES = 2 << 10;
    private static final long DISK_BYTES = 64 << 20;

    /** Numbers of migrate's connections, in order. */
    private static final int FILES = 0;

    private static final int PAGES = 1;

    /** Short, as some tests wait for it, but long enough that a slow machine is no silent peer. */
    private static final String[] TIMEOUTS = {"--peer-timeout", "3s"};

    /** Where the migration is held when the fault is injected. */
    enum Phase {
        DURING_PAGES(""),
        BEFORE_FILES("post-dump"),
        DURING_FILES("post-dump"),
        RESTORING("pre-restore"),
        /** The tree is restored, which the source does not know yet. */
        RESTORED("post-restore"),
        /** The tasks have ended at the source, which the destination does not know yet. */
        LET_GO(""),
        /** The tree runs at the destination, which the source does not know yet. */
        RUNNING("post-resume");

        private final String action;

        Phase(String action) {
            this.action = action;
        }

        boolean atDestination() {
            return this == RESTORING || this == RESTORED || this == RUNNING;
        }
    }

    /** The injected fault. */
    enum Fault {
        CUT_FILES,
        /** The connections are cut, and new ones are refused. */
        NO_NETWORK,
        FULL_DISK,
        KILL_MIGRATE,
        KILL_DUMP,
        KILL_DEST,
        KILL_PAGE_SERVER,
        KILL_RESTORE
    }

    /** Where the tree is afterwards. */
    enum Copy {
        SOURCE,
        DESTINATION,
        /** Not running, but complete in its images. */
        IMAGES
    }

    private Workload workload;
    private Hold hold;
    private Forwarder network;
    private Command dest;
    private Command migrate;

    @ParameterizedTest(name = "{0}, {1}: {3}")
    @CsvSource(
            delimiter = '|',
            value = {
                "DURING_PAGES | KILL_PAGE_SERVER | 5   | SOURCE      | at the destination, page_server_failed",
                "BEFORE_FILES | FULL_DISK        | 5   | SOURCE      | at the destination, no_space",
                "DURING_FILES | KILL_DEST        | 6   | SOURCE      | peer_lost",
                "RESTORING    | KILL_MIGRATE     | 137 | SOURCE      |",
                "RESTORING    | KILL_DUMP        | 4   | SOURCE      | dumper_lost",
                "RESTORED     | KILL_RESTORE     | 5   | SOURCE      | at the destination, restore_failed",
                "LET_GO       | NO_NETWORK       | 6   | IMAGES      | its images are whole",
                "LET_GO       | KILL_MIGRATE     | 137 | IMAGES      |",
                "RUNNING      | CUT_FILES        | 0   | DESTINATION | tried again",
            })
    void exactlyOneCopyRuns(Phase phase, Fault fault, int exit, Copy copy, String says)
            throws IOException {
        begin(phase, fault == Fault.FULL_DISK);
        reach(phase);
        inject(fault);
        network.release(PAGES);
        hold.release();

        assertThat(migrate.awaitExit()).as(migrate::toString).isEqualTo(exit);
        if (says != null) {
            assertThat(migrate.stderr()).contains(says);
        }
        if (copy == Copy.SOURCE && says != null) {
            assertThat(migrate.stderr()).contains("the tasks run on here");
        }
        assertCopy(copy);
    }

    private void assertCopy(Copy copy) {
        if (copy == Copy.IMAGES) {
            await().atMost(Command.TIMEOUT)
                    .untilAsserted(() -> assertThat(copies(workload)).as(dest::toString).isEmpty());
            dest.close();
            lab.restoreAndCheck(CRIU, workload, lab.folder("empty"), SESSION);
        } else {
            assertOneCopy(workload, dest, copy == Copy.DESTINATION);
        }
    }

    private void begin(Phase phase, boolean smallDisk) {
        workload = lab.memory("work", MEGABYTES);
        Path folder = lab.folder("hold");
        hold = phase == Phase.LET_GO ? Hold.afterDump(CRIU, folder) : Hold.at(phase.action, folder);
        List<String> atDest = new ArrayList<>(List.of(TIMEOUTS));
        atDest.add("--allow-restore");
        List<String> atSource = new ArrayList<>(List.of(TIMEOUTS));
        atSource.addAll(List.of("--lanes", "1"));
        if (phase == Phase.LET_GO) {
            atSource.addAll(List.of("--criu", hold.program()));
        } else if (phase.atDestination()) {
            atDest.add("--restore-arg=" + hold.argument());
        } else if (phase != Phase.DURING_PAGES) {
            atSource.addAll(List.of("--", hold.argument()));
        }
        Path images = smallDisk ? lab.tmpfs("small", DISK_BYTES).dir() : lab.images();
        dest = dest(images, atDest.toArray(String[]::new));
        network = lab.keep(Forwarder.to(Lab.address(dest), 16));
        if (phase == Phase.DURING_PAGES) {
            network.holdAfter(PAGES, SOME_PAGES_BYTES);
        }
        migrate = migrate(network.address(), workload, atSource.toArray(String[]::new));
    }

    private void reach(Phase phase) {
        if (phase == Phase.DURING_PAGES) {
            network.awaitHeld(PAGES);
            return;
        }
        hold.awaitReached();
        if (phase == Phase.DURING_FILES) {
            network.holdToDestinationAfter(FILES, PART_OF_THE_FILES_BYTES);
            hold.release();
            network.awaitHeld(FILES);
        }
    }

    private void inject(Fault fault) throws IOException {
        switch (fault) {
            case CUT_FILES -> network.cut(FILES);
            case NO_NETWORK -> {
                network.refuse();
                network.cut(FILES);
            }
            case FULL_DISK -> Tmpfs.fill(lab.folder("small").resolve("other"));
            case KILL_MIGRATE -> migrate.kill();
            case KILL_DUMP -> migrate.children().forEach(ProcessHandle::destroyForcibly);
            case KILL_DEST -> dest.kill();
            case KILL_PAGE_SERVER -> kill(" page-server ");
            case KILL_RESTORE -> kill(" restore ");
        }
    }

    /** Kills the destination's CRIU that performs an action. */
    private void kill(String action) {
        List<Long> found =
                Processes.mentioning(folder().toString()).stream()
                        .filter(pid -> Processes.commandLine(pid).contains(action))
                        .toList();
        assertThat(found).as("processes that do" + action).isNotEmpty();
        found.forEach(pid -> Processes.signal("KILL", pid));
    }

    @Test
    void restoreThatCannotStartFailsBeforeThePages() {
        workload = lab.memory("work", MEGABYTES);
        dest = dest(lab.images(), "--allow-restore", "--restore-arg", "--nonsense");
        migrate = migrate(Lab.address(dest), workload);

        assertThat(migrate.awaitExit()).as(migrate::toString).isEqualTo(5);
        assertThat(migrate.stderr()).contains("restore_failed").contains("tasks run on here");
        assertOneCopy(workload, dest, false);
        await().atMost(Command.TIMEOUT)
                .untilAsserted(() -> assertThat(folder()).as("no page has come").doesNotExist());
    }

    @Test
    void diskFullDuringPagesKeepsTasksAtSource() {
        workload = lab.memory("work", MEGABYTES);
        dest = dest(lab.tmpfs("small", 8 << 20).dir(), "--allow-restore");
        migrate = migrate(Lab.address(dest), workload);

        assertThat(migrate.awaitExit()).as(migrate::toString).isEqualTo(5);
        assertThat(migrate.stderr()).contains("no_space").contains("tasks run on here");
        assertOneCopy(workload, dest, false);
    }
}
