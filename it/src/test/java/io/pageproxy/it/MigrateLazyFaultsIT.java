package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Injects faults that need real processes, killed processes and a network that is gone, before the
 * last page has arrived: afterwards only the source's copy runs, and it does not resume before the
 * other is gone.
 *
 * <p>The unit tests have a table of every phase with every event for each side: {@code
 * io.pageproxy.source.migrate.LazyMigrationTest} and {@code
 * io.pageproxy.dest.migrate.LazyMigrationTableTest}.
 */
class MigrateLazyFaultsIT extends LazyMigrations {
    private static final int MEGABYTES = 24;

    /** Where the migration is held when the fault is injected. */
    enum Phase {
        BEFORE_DUMP("pre-dump"),
        DUMPED("post-dump"),
        RESTORED("post-restore"),
        /** The tree runs at the destination, and most of its memory is still at the source. */
        RUNNING("");

        private final String action;

        Phase(String action) {
            this.action = action;
        }
    }

    /** The injected fault. */
    enum Fault {
        /** Nothing passes any more, without either side being told. */
        SILENCE,
        /** The connections are cut, and new ones are refused. */
        NO_NETWORK,
        KILL_MIGRATE,
        KILL_DUMP,
        KILL_DEST,
        KILL_DAEMON,
        KILL_RESTORE
    }

    /** Faults after which one side waits for --peer-timeout; all others are reported at once. */
    private static final Set<Fault> DETECTED_BY_TIMEOUT =
            EnumSet.of(Fault.SILENCE, Fault.NO_NETWORK, Fault.KILL_MIGRATE, Fault.KILL_DEST);

    private Phase phase;
    private Fault fault;
    private Hold hold;

    @ParameterizedTest(name = "{0}, {1}")
    @CsvSource(
            delimiter = '|',
            value = {
                "BEFORE_DUMP | KILL_DEST    | 6   | peer_lost",
                "DUMPED      | KILL_MIGRATE | 137 |",
                "RESTORED    | KILL_DAEMON  | 5   | at the destination, page_server_failed",
                "RESTORED    | KILL_RESTORE | 5   | at the destination, restore_failed",
                "RUNNING     | SILENCE      | 6   | the destination's copy is ended",
                "RUNNING     | NO_NETWORK   | 6   | must have ended its copy",
                "RUNNING     | KILL_MIGRATE | 137 |",
                "RUNNING     | KILL_DUMP    | 4   | the destination's copy is ended",
                "RUNNING     | KILL_DEST    | 6   | must have ended its copy",
            })
    void onlyCopyOfSourceRuns(Phase at, Fault what, int exit, String says) {
        phase = at;
        fault = what;
        workload = lab.memory("work", MEGABYTES);
        if (at != Phase.RUNNING) {
            hold = Hold.at(at.action, lab.folder("hold"));
        }
        begin(
                at == Phase.RESTORED ? List.of("--restore-arg=" + hold.argument()) : List.of(),
                at == Phase.BEFORE_DUMP || at == Phase.DUMPED
                        ? List.of("--", hold.argument())
                        : List.of());
        reach();
        Overlap overlap = lab.keep(Overlap.of(workload));
        inject(fault);
        if (hold != null) {
            hold.release();
        }

        assertThat(migrate.awaitExit()).as(migrate::toString).isEqualTo(exit);
        if (says != null) {
            assertThat(migrate.stderr()).contains(says).contains("the tasks run on here");
        }
        assertOneCopy(workload, dest, false);
        if (at == Phase.RUNNING) {
            overlap.assertNone();
        }
    }

    /**
     * Long for faults that are reported: on a slow machine, the held pages would otherwise count as
     * a silent peer first. Short where the test waits for it.
     */
    @Override
    List<String> timeouts() {
        return List.of("--peer-timeout", DETECTED_BY_TIMEOUT.contains(fault) ? "3s" : "20s");
    }

    @Override
    boolean holdsPages() {
        return phase == Phase.RUNNING;
    }

    private void reach() {
        if (phase == Phase.RUNNING) {
            awaitRunning();
            network.awaitHeld(PAGES);
        } else {
            hold.awaitReached();
        }
    }

    private void inject(Fault fault) {
        switch (fault) {
            case SILENCE -> {
                network.holdAfter(FILES, 0);
                network.holdAfter(PAGES, 0);
            }
            case NO_NETWORK -> {
                network.refuse();
                network.cut(FILES);
                network.cut(PAGES);
            }
            case KILL_MIGRATE -> migrate.kill();
            case KILL_DUMP ->
                    kill(
                            migrate.children().stream()
                                    .map(ProcessHandle::pid)
                                    .filter(pid -> Processes.commandLine(pid).contains(" dump "))
                                    .toList());
            case KILL_DEST -> kill(ofDest(lab.images(), "java"));
            case KILL_DAEMON -> kill(ofDest(lab.images(), " lazy-pages "));
            case KILL_RESTORE -> kill(ofDest(lab.images(), " restore "));
        }
    }
}
