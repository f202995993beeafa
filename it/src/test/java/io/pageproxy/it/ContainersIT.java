package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Dumps and restores containers, whose memory is fragmented and whose first System V segment has
 * the id 0, with an images dir that is closed to other users.
 */
class ContainersIT extends WholeMigrations {

    @BeforeEach
    void closeImagesDir() throws IOException {
        Files.setPosixFilePermissions(lab.images(), PosixFilePermissions.fromString("rwx------"));
    }

    @ParameterizedTest
    @EnumSource(Criu.class)
    void sysVSharedMemoryWithId0AndFragmentedMemoryMove(Criu criu) {
        Workload container = Container.start(lab, false);
        moveAndRestore(criu, container);
        assertThat(lab.images().resolve("web/1/pagemap-shmem-0.img")).exists();
    }

    @Test
    void treeInUserNamespaceIsRestoredFromTheImagesAsTheyAre() {
        moveAndRestore(CRIU, Container.start(lab, true));
    }

    @Test
    void treeInUserNamespaceMigrates() {
        Workload container = Container.start(lab, true);
        String root = container.dir().toString();
        Command dest =
                dest(
                        lab.images(),
                        "--allow-restore",
                        "--restore-arg=--root",
                        "--restore-arg=" + root);
        Command migrate = migrate(Lab.address(dest), container);

        assertThat(migrate.awaitExit()).as(migrate::toString).isZero();
        container.assertGood();
    }

    private void moveAndRestore(Criu criu, Workload container) {
        Path dump = lab.folder("dump");
        Command dest = lab.dest(criu, "--once");
        Command source = lab.sourceDumping(dest, criu, container, dump, "--session", "web/1");
        assertThat(source.awaitExit()).as(source::toString).isZero();
        assertThat(dest.awaitExit()).as(dest::toString).isZero();
        container.awaitGone();

        Path images = lab.images().resolve("web/1");
        Criu.copyImages(dump, images);
        restore(criu, images, container.dir());
        container.assertGood();
    }

    /** The restored tree has new PIDs outside of its namespace. */
    private void restore(Criu criu, Path images, Path root) {
        Path pidFile = lab.folder("restored").resolve("pid");
        List<String> words =
                List.of(
                        criu.program(),
                        "restore",
                        "--restore-detached",
                        "--images-dir",
                        images.toString(),
                        "--root",
                        root.toString(),
                        "--pidfile",
                        pidFile.toString());
        Command restore = lab.start("restore", words);
        assertThat(restore.awaitExit()).as(restore::toString).isZero();
        lab.keep(() -> Processes.killGroup(Long.parseLong(Files.readString(pidFile).strip())));
    }
}
