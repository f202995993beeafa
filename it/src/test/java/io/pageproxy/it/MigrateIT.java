package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Whole migrations in one command. The tree keeps its pids, and at the source they are taken until
 * the very end, so on this one host the destination lives in a PID namespace of its own.
 *
 * <p>Whatever fails: afterwards exactly one copy runs.
 */
class MigrateIT {
    private static final int MEGABYTES = 24;

    @RegisterExtension final Lab lab = new Lab();

    private final List<Command> dests = new ArrayList<>();

    /** They do not hear SIGTERM through unshare; with each ends its PID namespace. */
    @AfterEach
    void endDestinations() {
        dests.forEach(Command::close);
    }

    @Test
    void processMovesAndItsMemoryIsGood() {
        Workload workload = lab.memory("work", MEGABYTES);
        Command dest = dest(lab.images(), "--allow-restore");
        Command migrate = migrate(Lab.address(dest), workload);

        assertThat(migrate.awaitExit()).as(migrate::toString).isZero();
        assertThat(migrate.stdout()).contains("runs at the destination, pid " + workload.pid());
        assertOneCopy(workload, dest, true);
        assertThat(Images.isMarked(lab.images().resolve("web"))).isFalse();
    }

    @Test
    void treeWithSharedMemoryAndPipesMoves() {
        Workload family = lab.workload("work", "family.pl", "16", "4");
        Command dest = dest(lab.images(), "--allow-restore");
        Command migrate = migrate(Lab.address(dest), family);

        assertThat(migrate.awaitExit()).as(migrate::toString).isZero();
        family.assertGood();
    }

    @Test
    void withoutAllowRestoreItEndsBeforeAnythingIsFrozen() {
        Workload workload = lab.memory("work", MEGABYTES);
        Command dest = dest(lab.images());
        Command migrate = migrate(Lab.address(dest), workload);

        assertThat(migrate.awaitExit()).as(migrate::toString).isEqualTo(3);
        assertThat(migrate.stderr()).contains("--allow-restore").contains("tasks run on here");
        assertThat(lab.images().resolve("web")).doesNotExist();
        assertOneCopy(workload, dest, false);
    }

    @Test
    void imagesAloneAreEnoughForARestoreByHand() {
        Workload workload = lab.memory("work", MEGABYTES);
        Command dest = dest(lab.images());
        Command migrate = migrate(Lab.address(dest), workload, "--no-restore");

        assertThat(migrate.awaitExit()).as(migrate::toString).isZero();
        lab.restoreAndCheck(Criu.BYTES_32, workload, lab.folder("empty"), "web");
    }

    @Test
    void restoreThatFailsLeavesTheTasksAtTheSource() {
        Workload workload = lab.memory("work", MEGABYTES);
        Command dest = dest(lab.images(), "--allow-restore", "--restore-arg", "--nonsense");
        Command migrate = migrate(Lab.address(dest), workload);

        assertThat(migrate.awaitExit()).as(migrate::toString).isEqualTo(5);
        assertThat(migrate.stderr()).contains("restore_failed").contains("tasks run on here");
        assertOneCopy(workload, dest, false);
        assertThat(Images.isMarked(lab.images().resolve("web"))).isTrue();
        assertThat(lab.images().resolve("web/inventory.img")).doesNotExist();
    }

    @Test
    void diskThatIsFullLeavesTheTasksAtTheSource() {
        Workload workload = lab.memory("work", MEGABYTES);
        Tmpfs small = lab.tmpfs("small", 8 << 20);
        Command dest = dest(small.dir(), "--allow-restore");
        Command migrate = migrate(Lab.address(dest), workload);

        assertThat(migrate.awaitExit()).as(migrate::toString).isEqualTo(5);
        assertThat(migrate.stderr()).contains("no_space").contains("tasks run on here");
        assertOneCopy(workload, dest, false);
    }

    @Test
    void destinationThatIsKilledWhileTheTreeIsHeldLeavesTheTasksAtTheSource() throws Exception {
        Workload workload = lab.memory("work", MEGABYTES);
        Command dest =
                dest(lab.images(), "--allow-restore", "--restore-arg=--action-script=" + waiting());
        Command migrate = migrate(Lab.address(dest), workload);
        awaitWaiting();
        dest.kill();

        assertThat(migrate.awaitExit()).as(migrate::toString).isEqualTo(6);
        assertThat(migrate.stderr()).contains("tasks run on here");
        assertOneCopy(workload, dest, false);
    }

    @Test
    void tunnelThatIsCutDuringTheRestoreLeavesTheTasksAtTheSource() throws Exception {
        Workload workload = lab.memory("work", MEGABYTES);
        Command dest =
                dest(lab.images(), "--allow-restore", "--restore-arg=--action-script=" + waiting());
        Forwarder network = lab.keep(Forwarder.to(Lab.address(dest), 16));
        Command migrate = migrate(network.address(), workload);
        awaitWaiting();
        network.cut(0); // The connection that begins first is that of the files.
        release();

        assertThat(migrate.awaitExit()).as(migrate::toString).isEqualTo(6);
        assertOneCopy(workload, dest, false);
    }

    @Test
    void migrateThatIsKilledDuringTheRestoreLeavesTheTasksAtTheSource() throws Exception {
        Workload workload = lab.memory("work", MEGABYTES);
        Command dest =
                dest(lab.images(), "--allow-restore", "--restore-arg=--action-script=" + waiting());
        Command migrate = migrate(Lab.address(dest), workload);
        awaitWaiting();
        migrate.kill();
        release();

        assertOneCopy(workload, dest, false);
    }

    @Test
    void migrateThatIsToldToStopDuringTheRestoreLeavesTheTasksAtTheSource() throws Exception {
        Workload workload = lab.memory("work", MEGABYTES);
        Command dest =
                dest(lab.images(), "--allow-restore", "--restore-arg=--action-script=" + waiting());
        Command migrate = migrate(Lab.address(dest), workload);
        awaitWaiting();
        migrate.terminate();
        release();

        assertThat(migrate.awaitExit()).as(migrate::toString).isEqualTo(1);
        assertOneCopy(workload, dest, false);
    }

    @Test
    void dumpThatIsKilledWhileItWaitsLeavesTheTasksAtTheSource() throws Exception {
        Workload workload = lab.memory("work", MEGABYTES);
        Command dest =
                dest(lab.images(), "--allow-restore", "--restore-arg=--action-script=" + waiting());
        Command migrate = migrate(Lab.address(dest), workload);
        awaitWaiting();
        migrate.children().forEach(ProcessHandle::destroyForcibly);
        release();

        assertThat(migrate.awaitExit()).as(migrate::toString).isEqualTo(4);
        assertOneCopy(workload, dest, false);
    }

    /** Just one copy runs, here or there, and its memory is good. */
    private static void assertOneCopy(Workload workload, Command dest, boolean moved) {
        if (moved) {
            workload.assertGood();
        } else {
            workload.assertUntouched();
        }
        String script = "memory-check.pl";
        await().atMost(Command.PATIENCE)
                .untilAsserted(
                        () ->
                                assertThat(Processes.mentioning(script))
                                        .filteredOn(pid -> isOf(pid, workload))
                                        .as("copies that run; %s", dest)
                                        .hasSize(1));
    }

    private static boolean isOf(long pid, Workload workload) {
        return Processes.commandLine(pid).contains(workload.dir().toString());
    }

    // ---- a restore that waits for the test at pre-restore

    private Path waiting() throws Exception {
        Path script = lab.folder("wait").resolve("script");
        String folder = script.getParent().toString();
        Files.writeString(
                script,
                "#!/bin/sh\n[ \"$CRTOOLS_SCRIPT_ACTION\" = pre-restore ] || exit 0\ntouch "
                        + folder
                        + "/waits\nwhile [ ! -e "
                        + folder
                        + "/release ]; do sleep 0.02; done\n");
        assertThat(script.toFile().setExecutable(true)).isTrue();
        return script;
    }

    private void awaitWaiting() {
        Path waits = lab.folder("wait").resolve("waits");
        await().atMost(Command.PATIENCE).until(() -> Files.exists(waits));
    }

    private void release() throws Exception {
        Files.createFile(lab.folder("wait").resolve("release"));
    }

    // ---- the two sides

    /** In a PID namespace of its own, all of which ends with it. */
    private Command dest(Path images, String... more) {
        List<String> words =
                new ArrayList<>(
                        List.of("unshare", "--pid", "--fork", "--mount-proc", "--kill-child"));
        List<String> options = new ArrayList<>(lab.pki().options("dest"));
        options.addAll(List.of("--allow-dns", "source"));
        options.addAll(List.of(more));
        words.addAll(Pageproxy.dest(images, Criu.BYTES_32.program(), options));
        Command dest = lab.start("dest", words);
        dests.add(dest);
        dest.awaitLine("listening ");
        return dest;
    }

    private Command migrate(String address, Workload workload, String... more) {
        List<String> options = new ArrayList<>(lab.pki().options("source"));
        options.addAll(List.of("--session", "web", "--criu", Criu.BYTES_32.program()));
        options.addAll(List.of(more));
        return lab.proxy("migrate", Pageproxy.migrate(address, workload.pid(), options));
    }
}
