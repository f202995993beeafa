package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Lazy migrations after a round. The kernels that tests run on cannot pre-dump, so the round is a
 * dump that leaves the tasks running, and all pages come lazily once more. In {@code
 * it/soft-dirty/run --hybrid} only those come that were written since.
 */
class HybridIT extends LazyMigrations {
    private static final int MEGABYTES = 16;

    /** Number of the connection of the lazy pages: those of the files and of the round precede. */
    private static final int LAZY_PAGES = 2;

    private static final String AS_ROUND =
            """
            #!/bin/bash
            words=()
            while [ $# -gt 0 ]; do
                case $1 in
                    pre-dump) words+=(dump --leave-running) ;;
                    --track-mem) ;;
                    --prev-images-dir) shift ;;
                    *) words+=("$1") ;;
                esac
                shift
            done
            exec %s "${words[@]}"
            """;

    private Path json;
    private List<String> rounds;

    @BeforeEach
    void prepare() throws IOException {
        workload = lab.memory("work", MEGABYTES);
        Path program = lab.folder("criu").resolve("criu");
        Files.writeString(program, AS_ROUND.formatted(CRIU.program()));
        assertThat(program.toFile().setExecutable(true)).isTrue();
        json = lab.folder("logs").resolve("migration.json");
        rounds = List.of("--rounds=1", "--lanes=1", "--criu", program.toString(), "--json=" + json);
    }

    @Override
    List<String> timeouts() {
        return List.of("--peer-timeout", "8s");
    }

    @Test
    void treeRunsAfterItsRoundWhichGoesWhenItHasAllMemory() throws IOException {
        begin(List.of(), rounds);

        assertThat(migrate.awaitExit()).as(migrate::toString).isZero();
        assertThat(migrate.stdout())
                .containsPattern("round 1 .* pages, ")
                .containsPattern("memory .* pages, ");
        assertThat(Files.readString(json))
                .contains("\"lazy\":true", "\"session\":\"web-1\"", "\"copy\":\"destination\"");
        assertOneCopy(workload, dest, true);
        assertThat(folder().resolve("inventory.img")).doesNotExist();
        assertThat(folder().resolve("parent")).doesNotExist();
        assertThat(lab.images().resolve("web-1")).doesNotExist();
    }

    @Test
    void whatAKilledDestinationLeavesDoesNotBlockARetry() {
        begin(List.of("--lazy-read-ahead=none"), rounds);
        network.holdAfter(LAZY_PAGES, 1 << 20);
        awaitRunning();
        dest.kill();
        assertThat(migrate.awaitExit()).as(migrate::toString).isNotZero();
        assertThat(migrate.stderr()).contains("the tasks run on here");
        assertOneCopy(workload, dest, false);
        assertThat(lab.images().resolve("web-1/.round")).exists();

        begin(List.of(), rounds);
        assertThat(migrate.awaitExit()).as(migrate::toString).isZero();
        assertOneCopy(workload, dest, true);
    }
}
