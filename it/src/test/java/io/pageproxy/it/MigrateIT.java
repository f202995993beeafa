package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Complete migrations in one command that succeed, or are refused before anything is frozen. */
class MigrateIT extends WholeMigrations {
    private static final int MEGABYTES = 24;
    private static final int REFUSED = 3;

    @Test
    void processMigratesWithItsMemory() {
        Workload workload = lab.memory("work", MEGABYTES);
        Command dest = dest(lab.images(), "--allow-restore");
        Command migrate = migrate(Lab.address(dest), workload);

        assertThat(migrate.awaitExit()).as(migrate::toString).isZero();
        assertThat(migrate.stdout()).contains("runs at the destination, pid " + workload.pid());
        assertOneCopy(workload, dest, true);
        assertThat(Images.isMarked(folder())).isFalse();
        assertThat(dest.stderr())
                .containsPattern("migration done migration=[0-9a-f]{32} session=" + SESSION)
                .contains(" pid=" + workload.pid() + " tasks=1 restore=", " processes=1 ")
                .doesNotContain("session done", "pages complete");
    }

    /** The peer may have one session at a time and restore trees; a dry run says so before. */
    @Test
    void treeWithSharedMemoryAndPipesMigrates() throws IOException {
        Workload family = lab.workload("work", "family.pl", "16", "4");
        Command dest = destOf("restore: true, max-sessions: 1");
        Command dryRun = migrate(Lab.address(dest), family, "--dry-run");
        assertThat(dryRun.awaitExit()).as(dryRun::toString).isZero();
        assertThat(dryRun.stdout())
                .contains("ok   tree          4 processes")
                .contains("ok   session       " + SESSION + " is free")
                .contains("ok   processor ")
                .contains("ok   files ")
                .contains("ok   pids ");
        assertThat(folder()).doesNotExist();
        family.assertUntouched();
        Command migrate = migrate(Lab.address(dest), family);

        assertThat(migrate.awaitExit()).as(migrate::toString).isZero();
        family.assertGood();
    }

    @Test
    void missingAllowRestoreIsRefusedBeforeFreeze() {
        assertRefused(dest(lab.images()), "--allow-restore");
    }

    @Test
    void peerWithoutRestorePermissionIsRefusedBeforeFreeze() throws IOException {
        assertRefused(destOf("max-sessions: 1"), "restore: true");
    }

    private void assertRefused(Command dest, String remedy) {
        Workload workload = lab.memory("work", 1);
        Command migrate = migrate(Lab.address(dest), workload);

        assertThat(migrate.awaitExit()).as(migrate::toString).isEqualTo(REFUSED);
        assertThat(migrate.stderr()).contains(remedy).contains("tasks run on here");
        assertThat(folder()).doesNotExist();
        assertOneCopy(workload, dest, false);
    }

    /** Starts a destination with a policy file of one entry. */
    private Command destOf(String rules) throws IOException {
        Path policy = lab.folder("policy").resolve("policy.yaml");
        Files.writeString(policy, "peers: [{dns: [source], sessions: ['*'], " + rules + "}]\n");
        return dest(
                List.of(), lab.images(), List.of("--policy", policy.toString(), "--allow-restore"));
    }

    @Test
    void transferredImagesAreSufficientForManualRestore() {
        Workload workload = lab.memory("work", MEGABYTES);
        Command dest = dest(lab.images());
        Command migrate = migrate(Lab.address(dest), workload, "--no-restore");

        assertThat(migrate.awaitExit()).as(migrate::toString).isZero();
        lab.restoreAndCheck(CRIU, workload, lab.folder("empty"), SESSION);
    }
}
