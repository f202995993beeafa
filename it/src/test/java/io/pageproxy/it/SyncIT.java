package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code migrate --sync}: files move with the tree, and a failure leaves it where it is. */
class SyncIT extends WholeMigrations {
    private static final String UNIX = "unix:";

    private Path here;
    private Path root;
    private Path there;

    @BeforeEach
    void makeFolders() {
        here = lab.folder("here");
        root = lab.folder("root");
        there = lab.folder("root/there");
    }

    /** At the destination the files are where they were at the source. */
    @Override
    List<String> init() {
        return List.of(
                "sh",
                "-c",
                "mount --bind \"$0\" \"$1\"; shift; exec \"$@\"",
                there.toString(),
                here.toString());
    }

    private Command dest(String... more) {
        List<String> options = new ArrayList<>(List.of("--allow-restore"));
        options.addAll(List.of(more));
        return dest(lab.images(), options.toArray(String[]::new));
    }

    @Test
    void whatIsMappedAndWrittenAllTheTimeArrivesAsItWasFrozen() throws IOException {
        makeFiles();
        Files.writeString(there.resolve("needless"), "deleted");
        Path status = here.resolve("status");
        long pid = startWriter(status);
        Command dest = dest("--sync-root", root.toString());
        Path json = lab.folder("report").resolve("json");
        Command migrate =
                migrate(
                        Lab.address(dest),
                        pid,
                        "--sync",
                        here + ":" + there,
                        "--json",
                        json.toString());
        assertThat(migrate.awaitExit()).as(migrate::toString).isZero();

        long frozen = count(status);
        await().atMost(Command.TIMEOUT).until(() -> count(there.resolve("status")) > frozen + 20);
        assertThat(count(status)).as("written here no more").isEqualTo(frozen);
        assertFilesThere();
        assertThat(migrate.stdout()).contains("files, running").contains("files, frozen");
        assertThat(Files.readString(json)).contains("\"last_bytes\"");
        assertNoRsync();
        Processes.killAll(lab.folder("program").toString());
    }

    private long startWriter(Path status) {
        Path program = lab.folder("program").resolve("mapped-writer");
        Path source = Path.of(System.getProperty("it.checkout"), "it/workloads/mapped-writer.c");
        assertThat(
                        Command.run(
                                lab.folder("logs"),
                                "gcc",
                                List.of("gcc", "-O1", "-o", program + "", source + "")))
                .isZero();
        Command writer =
                lab.start(
                        "writer",
                        List.of(
                                "setsid",
                                program.toString(),
                                here.resolve("mapped").toString(),
                                "64",
                                status.toString()));
        await().atMost(Command.TIMEOUT).until(() -> count(status) > 20);
        return writer.pid();
    }

    private static long count(Path status) {
        try {
            return Files.exists(status) ? Long.parseLong(Files.readString(status).strip()) : 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void makeFiles() throws IOException {
        Path file = Files.writeString(here.resolve("file"), "content");
        Files.setAttribute(file, UNIX + "uid", 12_345);
        Files.setAttribute(file, UNIX + "gid", 54_321);
        Files.setAttribute(file, UNIX + "mode", 04751);
        Files.getFileAttributeView(file, UserDefinedFileAttributeView.class)
                .write("note", ByteBuffer.wrap(new byte[] {7}));
        Files.createLink(here.resolve("hard"), file);
        Files.createSymbolicLink(here.resolve("soft"), Path.of("/etc/passwd"));
        Files.setPosixFilePermissions(
                Files.createDirectory(here.resolve("folder")),
                PosixFilePermissions.fromString("rwx--x--x"));
        try (RandomAccessFile sparse = new RandomAccessFile(here.resolve("sparse") + "", "rw")) {
            sparse.setLength(1 << 30);
        }
    }

    private void assertFilesThere() throws IOException {
        Path file = there.resolve("file");
        assertThat(Files.readString(file)).isEqualTo("content");
        assertThat(Files.getAttribute(file, UNIX + "uid")).isEqualTo(12_345);
        assertThat(Files.getAttribute(file, UNIX + "gid")).isEqualTo(54_321);
        assertThat((int) Files.getAttribute(file, UNIX + "mode") & 07777).isEqualTo(04751);
        assertThat(Files.getFileAttributeView(file, UserDefinedFileAttributeView.class).list())
                .containsExactly("note");
        assertThat(Files.isSameFile(file, there.resolve("hard"))).isTrue();
        assertThat(Files.readSymbolicLink(there.resolve("soft"))).isEqualTo(Path.of("/etc/passwd"));
        assertThat(
                        PosixFilePermissions.toString(
                                Files.getPosixFilePermissions(there.resolve("folder"))))
                .isEqualTo("rwx--x--x");
        assertThat(there.resolve("sparse")).hasSize(1 << 30);
        assertThat(used(there.resolve("sparse"))).isLessThan(1 << 20);
        assertThat(there.resolve("needless")).doesNotExist();
    }

    private static long used(Path file) throws IOException {
        Process du = new ProcessBuilder("du", "-B1", file.toString()).start();
        return Long.parseLong(
                new String(du.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                        .split("\t", -1)[0]);
    }

    @Test
    void whatCannotBeCopiedIsSaidBeforeTheFreeze() throws IOException {
        Path outside = lab.folder("outside");
        Files.createSymbolicLink(root.resolve("link"), outside);
        Path file = Files.writeString(here.resolve("file"), "x".repeat(3 << 20));
        Path small = lab.tmpfs("small", 2 << 20).dir();
        Workload workload = lab.memory("work", 4);
        Command without = lab.dest(Criu.BYTES_32, "--allow-restore");
        Command dest =
                lab.dest(
                        Criu.BYTES_32,
                        "--allow-restore",
                        "--sync-root",
                        root.toString(),
                        "--sync-root",
                        small.toString());
        assertRefused(workload, without, here, there, 3, "start it with --sync-root");
        assertRefused(workload, dest, here, outside.resolve("x"), 3, "below none of the folders");
        Command dryRun =
                migrate(
                        Lab.address(dest),
                        workload.pid(),
                        "--dry-run",
                        "--sync",
                        here + ":" + small.resolve("x"));
        assertThat(dryRun.awaitExit()).as(dryRun::toString).isEqualTo(5);
        assertThat(dryRun.stdout())
                .containsPattern("ok +rsync +3[.].* here, about 3 MiB to copy")
                .containsPattern("FAIL sync +3 MiB of files are to come to .* make room");
        assertThat(small).isEmptyDirectory();
        assertRefused(workload, dest, here, root.resolve("link/x"), 3, "cannot be opened at the");
        assertRefused(workload, dest, file, there, 2, "is no folder");
        assertRefused(workload, dest, here, small.resolve("x"), 1, "No space left on device");
        assertThat(outside).isEmptyDirectory();
        assertThat(there).isEmptyDirectory();
        workload.assertUntouched();
    }

    private void assertRefused(
            Workload workload, Command dest, Path from, Path to, int exit, String says) {
        Command migrate = migrate(Lab.address(dest), workload.pid(), "--sync", from + ":" + to);
        assertThat(migrate.awaitExit()).as(migrate::toString).isEqualTo(exit);
        assertThat(migrate.stderr()).contains(says).doesNotContain("1/4 pages");
    }

    /** Each fault leaves the tree here, and nothing of rsync on either side. */
    @Test
    void passThatFailsLeavesTheTreeHere() throws IOException {
        Files.writeString(here.resolve("file"), "content");
        Path small = lab.tmpfs("root/small", 2 << 20).dir();
        Workload workload = lab.memory("work", 4);
        FaultyRsync rsync = new FaultyRsync(lab.folder("bin"));
        List<String> options = new ArrayList<>(lab.pki().options("dest"));
        options.addAll(List.of("--allow-dns", "source", "--allow-restore"));
        options.addAll(List.of("--sync-root", root.toString()));
        Command dest =
                lab.proxy(
                        "dest",
                        rsync.before(Pageproxy.dest(lab.images(), criu().program(), options)));
        Forwarder network = lab.keep(Forwarder.to(Lab.address(dest), 50));

        rsync.in("there2", FaultyRsync.MET + "kill -9 $$");
        assertFails(rsync, network, workload, 1, "exit code 137 at the destination");
        rsync.in("there1", FaultyRsync.MET + "kill -9 $$");
        assertFails(rsync, network, workload, 1, "exit code 137 at the destination");
        rsync.in("here2", "head -c 4000000 /dev/urandom >" + here.resolve("grown"));
        there = small.resolve("there");
        assertFails(rsync, network, workload, 1, "No space left on device");

        Files.delete(here.resolve("grown"));
        Path frozen = lab.folder("marks").resolve("frozen");
        rsync.in("there2", FaultyRsync.MET + "touch " + frozen + "; exec sleep 100");
        Command migrate = migrateBy(rsync, network.address(), workload);
        await().atMost(Command.TIMEOUT).until(() -> Files.exists(frozen));
        network.close();
        assertFailed(migrate, rsync, workload, 6, "was cut");
    }

    private void assertFails(
            FaultyRsync rsync, Forwarder network, Workload workload, int exit, String says) {
        assertFailed(migrateBy(rsync, network.address(), workload), rsync, workload, exit, says);
        assertThat(there.resolve("file")).as("first pass").exists();
    }

    private Command migrateBy(FaultyRsync rsync, String address, Workload workload) {
        List<String> options = new ArrayList<>(lab.pki().options("source"));
        options.addAll(List.of("--criu", criu().program(), "--session", SESSION));
        options.addAll(List.of("--sync", here + ":" + there));
        return lab.proxy(
                "migrate", rsync.before(Pageproxy.migrate(address, workload.pid(), options)));
    }

    private void assertFailed(
            Command migrate, FaultyRsync rsync, Workload workload, int exit, String says) {
        assertThat(migrate.awaitExit()).as(migrate::toString).isEqualTo(exit);
        assertThat(migrate.stderr()).contains(says).contains("the tasks run on here");
        workload.assertUntouched();
        rsync.assertNothingLeft();
    }

    private void assertNoRsync() {
        assertThat(Processes.mentioning(here + "/\0pageproxy::files")).isEmpty();
    }
}
