package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * What a host that crashes after the dumper has heard success finds on its disk, as far as the
 * system calls of the destination can show it.
 */
class DurableImagesIT extends WholeMigrations {
    private static final int MEGABYTES = 8;
    private static final Path SOURCE =
            Path.of(System.getProperty("it.checkout"), "it/workloads/log-syncs.c");

    private Path log;

    @Test
    void imagesAndFoldersAreSyncedBeforeTheMarkGoesAndTheFolderAgainAfterwards()
            throws IOException {
        Workload workload = lab.memory("work", MEGABYTES);
        List<String> words = logged();
        List<String> options = new ArrayList<>(lab.pki().options("dest"));
        options.addAll(List.of("--allow-dns", "source", "--once"));
        words.addAll(Pageproxy.dest(lab.images(), CRIU.program(), options));
        Command dest = lab.proxy("dest", words);
        Command source =
                lab.sourceDumping(dest, CRIU, workload, lab.folder("dump"), "--session", "web/1");
        assertThat(source.awaitExit()).as(source::toString).isZero();
        assertThat(dest.awaitExit()).as(dest::toString).isZero();

        assertSynced(lab.images().resolve("web/1"));
    }

    /** The tree has waited for none of it. */
    @Test
    void allImagesOfATreeThatRunsAreSyncedBeforeTheMarkGoes() throws IOException {
        Workload workload = lab.memory("work", MEGABYTES);
        Command dest =
                dest(logged(), lab.images(), List.of("--allow-dns", "source", "--allow-restore"));
        Command migrate = migrate(Lab.address(dest), workload);
        assertThat(migrate.awaitExit()).as(migrate::toString).isZero();
        workload.assertGood();

        assertSynced(folder());
        assertThat(calls()).contains("sync " + folder().resolve("inventory.img"));
    }

    private void assertSynced(Path images) throws IOException {
        List<String> calls = calls();
        int markGoes = calls.indexOf("unlink " + images.resolve(".incomplete"));
        assertThat(markGoes).isPositive();
        List<String> before = calls.subList(0, markGoes);
        assertThat(Images.all(images)).hasSizeGreaterThan(1);
        for (Path image : Images.all(images)) {
            assertThat(before).contains("sync " + image);
        }
        for (Path at = images; at.startsWith(lab.images()); at = at.getParent()) {
            assertThat(before).contains("sync " + at);
        }
        assertThat(calls.subList(markGoes, calls.size())).contains("sync " + images);
    }

    private List<String> calls() throws IOException {
        return Files.readAllLines(log);
    }

    /** The prefix of a command whose calls are logged. */
    private List<String> logged() {
        log = lab.folder("log").resolve("syncs");
        return new ArrayList<>(List.of("env", "LD_PRELOAD=" + syncLogger(), "SYNC_LOG=" + log));
    }

    private Path syncLogger() {
        Path library = lab.folder("tools").resolve("log-syncs.so");
        List<String> compile =
                List.of("gcc", "-shared", "-fPIC", "-o", library.toString(), SOURCE.toString());
        assertThat(Command.run(lab.folder("logs"), "gcc", compile)).as("gcc").isZero();
        return library;
    }
}
