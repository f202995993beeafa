package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The operator's commands on both sides of a migration. */
class HooksIT extends WholeMigrations {
    private static final List<String> PHASES =
            List.of("before-freeze", "frozen", "before-resume", "resumed", "rolled-back");

    @Test
    void hooksRunInTheOrderOfBothSidesAndKnowTheMigration() throws IOException {
        Workload workload = lab.memory("work", 4);
        Command dest = dest(lab.images(), words("--allow-restore"));
        Command migrate = migrate(Lab.address(dest), workload, words());

        assertThat(migrate.awaitExit()).as(migrate::toString).isZero();
        assertOneCopy(workload, dest, true);
        await().until(() -> ran().size() == 8);
        assertThat(ran().subList(0, 6))
                .containsExactly(
                        "destination before-freeze",
                        "source before-freeze",
                        "source frozen",
                        "destination frozen",
                        "destination before-resume",
                        "source before-resume");
        assertThat(ran().subList(6, 8))
                .containsExactlyInAnyOrder("destination resumed", "source resumed");
        assertThat(migrate.stderr()).contains("hook frozen: " + SESSION + " " + workload.pid());
        assertThat(dest.stderr()).contains("hook before-resume: " + SESSION + " " + workload.pid());
    }

    @Test
    void hookOfTheDestinationThatFailsLeavesTheTreeAtTheSource() throws IOException {
        Workload workload = lab.memory("work", 4);
        Command dest =
                dest(
                        lab.images(),
                        words(
                                "--allow-restore",
                                "--hook",
                                "before-resume=echo no such volume; exit 9"));
        Command migrate = migrate(Lab.address(dest), workload, words());

        assertThat(migrate.awaitExit()).as(migrate::toString).isEqualTo(5);
        assertThat(migrate.stderr()).contains("exit 9, it printed: no such volume");
        assertOneCopy(workload, dest, false);
        await().until(() -> ran().contains("destination rolled-back"));
        assertThat(ran()).contains("source rolled-back").doesNotContain("source resumed");
    }

    @Test
    void hookOfTheSourceThatHangsLeavesTheTreeThere() throws IOException {
        Workload workload = lab.memory("work", 4);
        Command dest = dest(lab.images(), "--allow-restore");
        Command migrate =
                migrate(
                        Lab.address(dest),
                        workload,
                        "--hook",
                        "before-resume=sleep 1000",
                        "--hook-timeout",
                        "1s");

        assertThat(migrate.awaitExit()).as(migrate::toString).isEqualTo(1);
        assertThat(migrate.stderr())
                .contains("not done within 1.0 s")
                .contains("tasks run on here");
        assertOneCopy(workload, dest, false);
    }

    /** A hook for each phase, which says what it knows. */
    private String[] words(String... more) {
        List<String> words = new ArrayList<>(List.of(more));
        for (String phase : PHASES) {
            words.add("--hook");
            words.add(
                    phase
                            + "=echo $PAGEPROXY_SIDE $PAGEPROXY_PHASE >>"
                            + file()
                            + "; echo $PAGEPROXY_SESSION $PAGEPROXY_PID");
        }
        return words.toArray(String[]::new);
    }

    private Path file() {
        return lab.folder("hooks").resolve("ran");
    }

    private List<String> ran() throws IOException {
        return Files.readAllLines(file());
    }
}
