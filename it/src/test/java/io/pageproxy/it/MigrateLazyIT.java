package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Lazy migrations in one command that succeed, or are refused before anything is frozen. */
class MigrateLazyIT extends LazyMigrations {
    private static final int MEGABYTES = 48;
    private static final int WRONG_USAGE = 2;
    private static final int REFUSED = 3;

    /** Pages are held during the restore, which must not count as a silent peer. */
    @Override
    List<String> timeouts() {
        return List.of("--peer-timeout", "60s");
    }

    @Override
    boolean holdsPages() {
        return true;
    }

    @ParameterizedTest
    @EnumSource(Criu.class)
    void treeRunsBeforeItsMemoryArrivesAndFetchesAllOfIt(Criu version) throws IOException {
        criu = version;
        workload = lab.memory("work", MEGABYTES);
        Path json = lab.folder("logs").resolve("migration.json");
        begin(List.of(), List.of("--json", json.toString()));
        awaitRunning();
        network.awaitHeld(PAGES);
        assertThat(workload.isFrozenOrStopped()).isTrue();
        network.release(PAGES);
        workload.assertGood();

        assertThat(migrate.awaitExit()).as(migrate::toString).isZero();
        assertThat(migrate.stdout())
                .contains("runs at the destination, with all its memory, pid ")
                .containsPattern("memory .* pages, ");
        assertThat(Files.readString(json)).contains("\"lazy\":true", "\"copy\":\"destination\"");
        assertOneCopy(workload, dest, true);
        assertThat(Images.isMarked(folder())).isFalse();
        assertThat(folder().resolve("inventory.img")).doesNotExist();
    }

    @Test
    void treeOfSeveralProcessesRunsBeforeItsMemoryArrives() {
        workload = lab.workload("work", "family.pl", "16", "4");
        begin(List.of(), List.of());
        awaitRunning();
        network.release(PAGES);

        assertThat(migrate.awaitExit()).as(migrate::toString).isZero();
        workload.assertGood();
    }

    @Test
    void missingAllowRestoreIsRefusedBeforeFreeze() {
        workload = lab.memory("work", 1);
        assertRefused(dest(lab.images()), "--allow-restore");
    }

    @Test
    void peerWithoutLazyPermissionIsRefusedBeforeFreeze() throws IOException {
        workload = lab.memory("work", 1);
        Path policy = lab.folder("policy").resolve("policy.yaml");
        Files.writeString(policy, "peers: [{dns: [source], sessions: ['*'], restore: true}]\n");
        List<String> options = List.of("--policy", policy.toString(), "--allow-restore");
        assertRefused(dest(List.of(), lab.images(), options), "lazy: true");
    }

    private void assertRefused(Command destination, String remedy) {
        migrate = migrate(Lab.address(destination), workload, "--lazy");
        assertThat(migrate.awaitExit()).as(migrate::toString).isEqualTo(REFUSED);
        assertThat(migrate.stderr()).contains(remedy).contains("tasks run on here");
        assertThat(folder()).doesNotExist();
        assertOneCopy(workload, destination, false);
    }

    @Test
    void contradictoryOptionsAreUsageErrors() {
        workload = lab.memory("work", 1);
        for (List<String> other :
                List.of(List.of("--no-restore"), List.of("--max-downtime", "2s"))) {
            List<String> words = new ArrayList<>(other);
            words.add("--lazy");
            migrate = migrate("127.0.0.1:1", workload, words.toArray(String[]::new));
            assertThat(migrate.awaitExit()).as(migrate::toString).isEqualTo(WRONG_USAGE);
            assertThat(migrate.stderr()).contains("--lazy ").contains(" " + other.get(0));
        }
        workload.assertUntouched();
    }
}
