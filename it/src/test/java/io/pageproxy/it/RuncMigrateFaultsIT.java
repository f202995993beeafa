package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pageproxy.it.RuncHosts.Host;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Faults in the migration of a container, as {@link MigrateFaultsIT} has them for a tree.
 * Afterwards exactly one copy runs, is not frozen, and is what both runcs list; or none does, and
 * its images are whole. The rows share a destination as long as none ends it.
 */
@ExtendWith(LargePipes.class)
class RuncMigrateFaultsIT {
    private static final int SOME_BYTES = 4 << 20;
    private static final long SOME_PAGES_BYTES = 1 << 20;
    private static final long PART_OF_THE_FILES_BYTES = 2 << 10;
    private static final long DISK_BYTES = 32 << 20;

    /** Numbers of migrate's connections, in order. */
    private static final int FILES = 0;

    private static final int PAGES = 1;

    private static final List<String> TIMEOUTS = List.of("--peer-timeout", "3s");

    /** For rows in which the destination, not knowing the end, waits for four peer timeouts. */
    private static final List<String> SHORT_TIMEOUTS = List.of("--peer-timeout", "2s");

    /** Where the migration is held when the fault is injected. */
    enum Phase {
        DURING_PAGES(""),
        BEFORE_FILES("post-dump"),
        DURING_FILES("post-dump"),
        RESTORING("setup-namespaces"),
        RESTORED("post-restore"),
        /** The checkpoint has ended, which migrate does not know yet. */
        LET_GO(""),
        RUNNING("post-resume"),
        /** Of a lazy migration: the container runs, and most of its memory is at the source. */
        FETCHING("");

        private final String action;

        Phase(String action) {
            this.action = action;
        }

        boolean atDestination() {
            return this == RESTORING || this == RESTORED || this == RUNNING;
        }

        /** Whether the destination cannot know that the container runs on at the source. */
        boolean mayBeUndecided() {
            return this == RESTORED || this == LET_GO;
        }
    }

    /** The injected fault. */
    enum Fault {
        CUT_FILES,
        FULL_DISK,
        /** The connections are cut, and new ones are refused. */
        NO_NETWORK,
        KILL_MIGRATE,
        STOP_MIGRATE,
        KILL_RUNC_CHECKPOINT,
        KILL_CRIU,
        KILL_DEST,
        KILL_PAGE_SERVER,
        KILL_RUNC_RESTORE,
        KILL_DAEMON
    }

    /** Where the container is afterwards. */
    enum Copy {
        SOURCE,
        DESTINATION,
        IMAGES
    }

    @RegisterExtension static final Lab LAB = new Lab();
    private static RuncHosts hosts;
    private static Command shared; // Null before the first row.
    private static int rows;

    private boolean lazy;
    private String session;
    private Hold hold;
    private Forwarder network;
    private Command dest;
    private Command migrate;

    @BeforeAll
    static void makeBundles() throws IOException {
        hosts = new RuncHosts(LAB, SOME_BYTES);
    }

    @BeforeEach
    void nameSession() throws IOException {
        session = "web-" + ++rows;
        hosts.renew();
    }

    @AfterEach
    void endContainers() throws IOException {
        hosts.end();
        if (network != null) {
            network.close();
        }
    }

    @ParameterizedTest(name = "{0}, {1}: {3}")
    @CsvSource(
            delimiter = '|',
            value = {
                "DURING_PAGES | KILL_PAGE_SERVER     | 5   | SOURCE      | page_server_failed",
                "DURING_PAGES | KILL_DEST            | 6   | SOURCE      | peer_lost",
                "DURING_PAGES | KILL_MIGRATE         | 137 | SOURCE      |",
                "DURING_PAGES | KILL_RUNC_CHECKPOINT | 4   | SOURCE      | runc checkpoint",
                "DURING_PAGES | KILL_CRIU            | 4   | SOURCE      | runc checkpoint",
                "BEFORE_FILES | KILL_MIGRATE         | 137 | SOURCE      |",
                "BEFORE_FILES | KILL_DEST            | 6   | SOURCE      | peer_lost",
                "BEFORE_FILES | FULL_DISK            | 5   | SOURCE      | at the destination, no_space",
                "DURING_FILES | KILL_DEST            | 6   | SOURCE      | peer_lost",
                "DURING_FILES | CUT_FILES            | 6   | SOURCE      | peer_lost",
                "RESTORING    | KILL_MIGRATE         | 137 | SOURCE      |",
                "RESTORING    | STOP_MIGRATE         | 1   | SOURCE      | told to stop",
                "RESTORING    | KILL_RUNC_CHECKPOINT | 4   | SOURCE      | runc checkpoint",
                "RESTORING    | KILL_CRIU            | 4   | SOURCE      | runc checkpoint",
                "RESTORING    | KILL_RUNC_RESTORE    | 5   | SOURCE      | restore_failed",
                "RESTORED     | KILL_RUNC_RESTORE    | 5   | SOURCE      | restore_failed",
                "RESTORED     | KILL_MIGRATE         | 137 | SOURCE      |",
                "RESTORED     | KILL_DEST            | 6   | SOURCE      | peer_lost",
                "LET_GO       | NO_NETWORK           | 6   | IMAGES      | runc restore -d",
                "LET_GO       | KILL_MIGRATE         | 137 | IMAGES      |",
                "RUNNING      | CUT_FILES            | 0   | DESTINATION | tried again",
            })
    void exactlyOneCopyRuns(Phase phase, Fault fault, int exit, Copy copy, String says)
            throws IOException {
        assertOneCopyRuns(phase, fault, exit, copy, says);
    }

    @ParameterizedTest(name = "{0}, {1}: {3}")
    @CsvSource(
            delimiter = '|',
            value = {
                "BEFORE_FILES | KILL_RUNC_CHECKPOINT | 4   | SOURCE      | runc checkpoint",
                "RESTORED     | KILL_DAEMON          | 5   | SOURCE      | page_server_failed",
                "FETCHING     | KILL_CRIU            | 4   | SOURCE      | the destination's copy is ended",
                "FETCHING     | KILL_RUNC_CHECKPOINT | 0   | DESTINATION |",
                "FETCHING     | KILL_DEST            | 6   | SOURCE      | must have ended its copy",
            })
    void exactlyOneCopyOfALazyMigrationRuns(
            Phase phase, Fault fault, int exit, Copy copy, String says) throws IOException {
        lazy = true;
        assertOneCopyRuns(phase, fault, exit, copy, says);
    }

    private void assertOneCopyRuns(Phase phase, Fault fault, int exit, Copy copy, String says)
            throws IOException {
        begin(phase, fault);
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
        switch (copy) {
            case SOURCE -> hosts.assertRunsOnlyAt(Host.SOURCE);
            case DESTINATION -> hosts.assertRunsOnlyAt(Host.DESTINATION);
            case IMAGES -> assertImagesAreWhole();
        }
    }

    private void assertImagesAreWhole() {
        hosts.assertRunsNowhere();
        int last = hosts.counter().count();
        assertThat(hosts.restoreByHand(LAB.images().resolve(session))).isZero();
        hosts.counter().awaitAbove(last);
    }

    private void begin(Phase phase, Fault fault) throws IOException {
        Path folder = LAB.folder("hold-" + session);
        boolean sourceIsLost = fault == Fault.NO_NETWORK || fault == Fault.KILL_MIGRATE;
        boolean waits = lazy || (sourceIsLost && phase.mayBeUndecided());
        List<String> atSource = new ArrayList<>(waits ? SHORT_TIMEOUTS : TIMEOUTS);
        atSource.addAll(List.of("--session", session));
        atSource.addAll(lazy ? List.of("--lazy") : List.of("--lanes", "1"));
        if (phase == Phase.LET_GO) {
            hold = Hold.afterCheckpoint(folder);
            atSource.addAll(List.of("--runc-program", hold.program()));
        } else {
            hold = Hold.at(phase.action, folder);
            hosts.annotate(
                    phase.atDestination() ? Host.DESTINATION : Host.SOURCE,
                    "action-script " + hold.program());
        }
        hosts.start();
        dest = fault == Fault.FULL_DISK ? destOnSmallDisk() : sharedDest();
        network = Forwarder.to(Lab.address(dest), 16);
        if (phase == Phase.DURING_PAGES || phase == Phase.FETCHING) {
            network.holdAfter(PAGES, SOME_PAGES_BYTES);
        }
        migrate = hosts.migrate(network.address(), atSource.toArray(String[]::new));
    }

    private static Command sharedDest() {
        if (shared == null || !shared.isAlive()) {
            shared = LAB.dest(Criu.BYTES_32, destOptions());
        }
        return shared;
    }

    private static Command destOnSmallDisk() {
        Path disk = LAB.tmpfs("small", DISK_BYTES).dir();
        return LAB.destIn(disk, Criu.BYTES_32.program(), destOptions());
    }

    private static String[] destOptions() {
        List<String> options = new ArrayList<>(hosts.destOptions());
        options.addAll(TIMEOUTS);
        options.add("--lazy-read-ahead=none"); // It would be held in place of what tasks wait for.
        return options.toArray(String[]::new);
    }

    private void reach(Phase phase) {
        if (phase == Phase.FETCHING) {
            await().atMost(Command.TIMEOUT).until(() -> migrate.stderr().contains("5/5"));
        }
        if (phase == Phase.DURING_PAGES || phase == Phase.FETCHING) {
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
            case FULL_DISK -> Tmpfs.fill(LAB.folder("small").resolve("other"));
            case KILL_MIGRATE -> migrate.kill();
            case STOP_MIGRATE -> migrate.terminate();
            case KILL_RUNC_CHECKPOINT -> kill(migrate.children(), " checkpoint ");
            case KILL_CRIU -> kill(migrate.descendants(), "--rpc");
            case KILL_DEST -> dest.kill();
            case KILL_PAGE_SERVER -> kill(dest.descendants(), " page-server ");
            case KILL_DAEMON -> kill(dest.descendants(), " lazy-pages ");
            case KILL_RUNC_RESTORE -> kill(dest.descendants(), " restore ");
        }
    }

    private static void kill(List<ProcessHandle> among, String action) {
        List<ProcessHandle> found =
                among.stream()
                        .filter(one -> Processes.commandLine(one.pid()).contains(action))
                        .toList();
        assertThat(found).as("processes that do" + action).isNotEmpty();
        found.forEach(ProcessHandle::destroyForcibly);
    }
}
