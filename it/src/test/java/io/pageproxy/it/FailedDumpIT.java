package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A dump that fails after its first pages: CRIU sends CLOSE nevertheless, and only its exit code
 * shows the failure.
 */
class FailedDumpIT {
    private static final Criu CRIU = Criu.BYTES_32;
    private static final int DUMPER_FAILED = 4;

    @RegisterExtension final Lab lab = new Lab();

    @Test
    void failedDumpOfStartedDumperFailsBothSidesAndMarksImages() throws IOException {
        Workload workload = lab.workload("work", "undumpable-child.pl", "4");
        Command dest = lab.dest(CRIU, "--once", "--summary", there().toString());
        Command source =
                lab.sourceDumping(
                        dest,
                        CRIU,
                        workload,
                        lab.folder("dump"),
                        "--session",
                        "web",
                        "--summary",
                        "-");

        assertThat(source.awaitExit()).as("criu's own: %s", source).isOne();
        assertThat(dest.awaitExit()).as(dest::toString).isEqualTo(DUMPER_FAILED);
        assertThat(Summary.parse(source.stdout()))
                .containsEntry("result", "failed")
                .containsEntry("reason", "dump_failed")
                .containsEntry("exit_code", "1")
                .containsEntry("dumper_exit", "1");
        assertThat(Summary.parse(Files.readString(there())))
                .containsEntry("result", "failed")
                .containsEntry("reason", "dump_failed")
                .containsEntry("failed_side", "source");
        assertThat(images().resolve(".incomplete")).content().contains("dump_failed");
        assertThat(Images.pagesBytes(images())).as("pages had arrived").isPositive();
        workload.assertUntouched();
    }

    @Test
    void failedDumpOfConnectedDumperIsReportedAsPagesComplete() throws IOException {
        Workload workload = lab.workload("work", "undumpable-child.pl", "4");
        Command dest = lab.dest(CRIU, "--once", "--summary", there().toString());
        Command source = lab.listeningSource(dest, "--once", "--session", "web", "--summary", "-");
        Command dumper =
                lab.start("dump", CRIU.dumpTo(Lab.address(source), workload, lab.folder("dump")));

        assertThat(dumper.awaitExit()).as(dumper::toString).isOne();
        assertThat(source.awaitExit()).as(source::toString).isZero();
        assertThat(dest.awaitExit()).as(dest::toString).isZero();
        String here =
                source.stdout().lines().filter(line -> line.startsWith("{")).findFirst().get();
        for (Map<String, String> summary :
                List.of(Summary.parse(here), Summary.parse(Files.readString(there())))) {
            assertThat(summary)
                    .containsEntry("result", "ok")
                    .containsEntry("reason", "pages_complete")
                    .containsEntry("dumper_exit", "null");
        }
        assertThat(dest.stderr()).contains("pages complete").doesNotContain("session done");
        assertThat(source.stderr()).contains("pages complete").doesNotContain("session done");
        assertThat(Images.isMarked(images())).isFalse();
        workload.assertUntouched();
    }

    private Path there() {
        return lab.folder("summaries").resolve("dest.json");
    }

    private Path images() {
        return lab.images().resolve("web");
    }
}
