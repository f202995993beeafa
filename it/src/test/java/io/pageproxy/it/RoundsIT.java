package io.pageproxy.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.pageproxy.it.Images.Run;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Migrations in rounds. The page servers are real; the pre-dumps are simulated, except in one case
 * if the kernel supports them.
 */
class RoundsIT {
    private static final int PAGES = 4096;

    @RegisterExtension final Lab lab = new Lab();

    @ParameterizedTest
    @EnumSource(Criu.class)
    void roundsReferToPreviousRoundAndTransferWrittenPages(Criu criu) throws IOException {
        StandInCriu standIn = standIn(criu, "4096 1024 512 100");
        Workload workload = lab.memory("work", 1);
        Path local = lab.folder("dump");
        Command dest = lab.dest(criu, "--once");
        Command migrate =
                migrate(
                        dest,
                        workload,
                        standIn.program(),
                        "--rounds=3",
                        "--codec=lz4",
                        "--images-dir=" + local,
                        "--json=" + json());

        assertThat(migrate.awaitExit()).as(migrate::toString).isZero();
        assertThat(dest.awaitExit()).as("one migration, with its rounds").isZero();
        workload.awaitGone();
        assertThat(parent("web-1")).isNull();
        assertThat(parent("web-2")).isEqualTo("../web-1");
        assertThat(parent("web-3")).isEqualTo("../web-2");
        assertThat(parent("web")).isEqualTo("../web-3");
        assertThat(Images.runs(lab.images().resolve("web").resolve(StandInCriu.PAGEMAP)))
                .containsExactly(
                        new Run(StandInCriu.START, 100, Images.PRESENT),
                        new Run(
                                StandInCriu.START + 100L * Images.PAGE_BYTES,
                                PAGES - 100,
                                Images.PARENT));
        assertThat(memoryAtDestination()).isEqualTo(standIn.memory());
        assertThat(lab.images().resolve("web/inventory.img")).hasContent("of dump");
        assertThat(local.resolve("round-2/parent/inventory.img")).hasContent("of pre-dump");
        assertThat(figures("pages")).containsExactly(4096L, 1024L, 512L);
        assertThat(figures("changed_pages")).containsExactly(0L, 1024L, 512L);
        assertThat(migrate.stdout()).containsPattern("round 2 +[0-9.]+ s +1024 pages, 4.0 MiB");
    }

    @Test
    void autoEndsRoundsWhenTheyNoLongerShrink() throws IOException {
        StandInCriu standIn = standIn(Criu.BYTES_32, "4096 2048 1800 100");
        Workload workload = lab.memory("work", 1);
        Command migrate =
                migrate(
                        lab.dest(Criu.BYTES_32),
                        workload,
                        standIn.program(),
                        "--rounds=auto",
                        "--json=" + json());

        assertThat(migrate.awaitExit()).as(migrate::toString).isZero();
        assertThat(figures("pages")).containsExactly(4096L, 2048L, 1800L);
        assertThat(memoryAtDestination()).isEqualTo(standIn.memory());
    }

    @Test
    void failedRoundKeepsTasksAndEarlierRounds() throws IOException {
        StandInCriu standIn = standIn(Criu.BYTES_32, "4096 1024 512 100");
        standIn.failInRoundTwo();
        byte[] memory = standIn.memory();
        Workload workload = lab.memory("work", 1);
        Command migrate =
                migrate(
                        lab.dest(Criu.BYTES_32),
                        workload,
                        standIn.program(),
                        "--rounds=3",
                        "--json=" + json());

        assertThat(migrate.awaitExit()).as(migrate::toString).isEqualTo(4);
        assertThat(migrate.stderr())
                .contains("dump_failed: round 2, session 'web-2': ")
                .contains("; kept at the destination: web-1; the tasks run on here");
        workload.assertUntouched();
        assertThat(figures("pages")).containsExactly(4096L);
        assertThat(StandInCriu.memoryIn(lab.images().resolve("web-1"), PAGES)).isEqualTo(memory);
        assertThat(Images.isMarked(lab.images().resolve("web-1"))).isFalse();
        Images.assertMarkedOrGone(lab.images().resolve("web-2"));
        assertThat(lab.images().resolve("web")).doesNotExist();
    }

    @Test
    void retryReplacesTheRoundsOfAMigrationThatWasKilledInItsLastRound() throws IOException {
        StandInCriu killed = standIn(Criu.BYTES_32, "4096 1024 100");
        Path stall = killed.stallInRoundTwo();
        Workload workload = lab.memory("work", 1);
        Command dest = lab.dest(Criu.BYTES_32);
        Command first = migrate(dest, workload, killed.program(), "--rounds=2");
        await().until(killed::isStalled);
        first.kill();
        Files.delete(stall);
        Path mark = lab.images().resolve("web-2/.incomplete");
        await().untilAsserted(() -> assertThat(mark).content().contains("are not whole"));
        assertThat(Images.isMarked(lab.images().resolve("web-1"))).isFalse();
        workload.assertUntouched();

        StandInCriu standIn = standIn(Criu.BYTES_32, "4096 2048 100");
        Command retry = migrate(dest, workload, standIn.program(), "--rounds=2");
        assertThat(retry.awaitExit()).as(retry::toString).isZero();
        assertThat(memoryAtDestination()).isEqualTo(standIn.memory());
        assertThat(dest.stderr())
                .contains("the rounds of a failed migration of the same peer are replaced");

        Command again = migrate(dest, lab.memory("again", 1), standIn.program(), "--rounds=2");
        assertThat(again.awaitExit()).as("complete images are not replaced").isEqualTo(5);
        assertThat(memoryAtDestination()).isEqualTo(standIn.memory());
    }

    @Test
    void refusedRoundEndsMigrationBeforeDump() throws IOException {
        StandInCriu standIn = standIn(Criu.BYTES_32, "4096 1024 512 100");
        Workload workload = lab.memory("work", 1);
        Files.createFile(lab.folder("images/web-1").resolve("pages-1.img"));
        Command migrate =
                migrate(lab.dest(Criu.BYTES_32), workload, standIn.program(), "--rounds=3");

        assertThat(migrate.awaitExit()).as(migrate::toString).isEqualTo(5);
        assertThat(migrate.stderr())
                .contains("FAILED at the destination, images_dir_refused: round 1");
        assertThat(standIn.folder().resolve("dirty")).hasContent("4096 1024 512 100");
        workload.assertUntouched();
    }

    /** CRIU would fail differently if it did not know one of the options. */
    @Test
    void realCriuAcceptsOptionsAndFailsOnlyWithoutMemoryTracking() throws IOException {
        Workload workload = lab.memory("work", 1);
        Command migrate =
                migrate(
                        lab.dest(Criu.BYTES_32),
                        workload,
                        Path.of(Criu.BYTES_32.program()),
                        "--rounds=1");

        int exit = migrate.awaitExit();
        if (exit == 0) {
            workload.awaitGone();
            assertThat(parent("web")).isEqualTo("../web-1");
        } else {
            assertThat(migrate.stderr())
                    .contains("Tracking memory is not available")
                    .contains("round 1, session 'web-1': criu pre-dump failed by itself")
                    .contains("CONFIG_MEM_SOFT_DIRTY");
            workload.assertUntouched();
        }
    }

    private StandInCriu standIn(Criu criu, String dirty) throws IOException {
        return StandInCriu.of(criu, lab.folder("criu"), PAGES, dirty);
    }

    private Command migrate(Command dest, Workload workload, Path criu, String... more) {
        List<String> options = new ArrayList<>(lab.pki().options("source"));
        options.addAll(List.of("--session", "web", "--criu", "" + criu, "--no-restore"));
        options.addAll(List.of(more));
        return lab.proxy("migrate", Pageproxy.migrate(Lab.address(dest), workload.pid(), options));
    }

    private byte[] memoryAtDestination() {
        return StandInCriu.memoryIn(lab.images().resolve("web"), PAGES);
    }

    /** The target of a session's parent link; null if there is none. */
    private String parent(String session) throws IOException {
        Path link = lab.images().resolve(session).resolve("parent");
        return Files.isSymbolicLink(link) ? Files.readSymbolicLink(link).toString() : null;
    }

    private Path json() {
        return lab.folder("json").resolve("migration");
    }

    /** A figure of each round. */
    private List<Long> figures(String name) throws IOException {
        List<Long> values = new ArrayList<>();
        try (JsonParser parser = new JsonFactory().createParser(json().toFile())) {
            while (!"rounds".equals(parser.nextFieldName())) {
                assertThat(parser.currentToken()).as("rounds").isNotNull();
            }
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                if (parser.currentToken() == JsonToken.VALUE_NUMBER_INT
                        && name.equals(parser.currentName())) {
                    values.add(parser.getLongValue());
                }
            }
        }
        return values;
    }
}
