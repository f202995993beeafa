package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The summaries of a session: one JSON object per side, and both agree. */
class SummaryIT {
    @RegisterExtension final Lab lab = new Lab();

    @Test
    void summariesOfBothSidesAgree() throws IOException {
        Workload workload = lab.memory("work", 8);
        Path file = lab.folder("summaries").resolve("dest.json");
        Path images = lab.images().resolve("web/1");
        Command dest = lab.dest(Criu.BYTES_32, "--once", "--summary", file.toString());
        Command source =
                lab.sourceDumping(
                        dest,
                        Criu.BYTES_32,
                        workload,
                        lab.folder("dump"),
                        "--session",
                        "web/1",
                        "--summary",
                        "-");
        assertThat(source.awaitExit()).as(source::toString).isZero();
        assertThat(dest.awaitExit()).as(dest::toString).isZero();
        workload.awaitGone();

        Map<String, String> here = Summary.parse(source.stdout());
        Map<String, String> there = Summary.parse(Files.readString(file));
        long pageBytes = Images.pagesBytes(images);
        for (Map<String, String> summary : List.of(here, there)) {
            assertThat(summary)
                    .containsEntry("session", "web/1")
                    .containsEntry("result", "ok")
                    .containsEntry("reason", "completed")
                    .containsEntry("exit_code", "0")
                    .containsEntry("page_server_exit", "0")
                    .containsEntry("processes", "1")
                    .containsEntry("pages", "" + pageBytes / Images.PAGE_BYTES)
                    .containsEntry("page_bytes", "" + pageBytes)
                    .containsEntry("images_folder", images.toString());
            assertThat(Double.parseDouble(summary.get("seconds"))).isPositive();
        }
        assertThat(here).containsEntry("side", "source").containsEntry("peer", "dest");
        assertThat(there).containsEntry("side", "destination").containsEntry("peer", "source");
        assertThat(Long.parseLong(here.get("wire_bytes_sent"))).isBetween(1L, pageBytes);
        assertThat(Long.parseLong(here.get("lz4"))).as("blocks coded by LZ4").isPositive();
    }
}
