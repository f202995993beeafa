package io.pageproxy.dest.migrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pageproxy.dest.images.Claimant;
import io.pageproxy.dest.images.ImagesFolder;
import io.pageproxy.dest.images.ImagesSync;
import io.pageproxy.dest.migrate.MigrationTable.Stage;
import io.pageproxy.frame.Frame.Attached;
import io.pageproxy.frame.Frame.TurnLazy;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A migration that goes on lazily after its rounds, of which {@code web-1} is the last one. */
@Timeout(60)
class LazyAfterRoundsTest {
    private static final String ID = "ab".repeat(16);

    private ScriptedMigration migration;
    private Path images;

    @BeforeEach
    void script(@TempDir Path folder) throws Exception {
        migration = new ScriptedMigration(folder);
        images = migration.folder;
    }

    @AfterEach
    void close() {
        migration.close();
    }

    private void round(String ofMigration) throws IOException {
        Claimant claimant =
                new Claimant(Optional.of(ScriptedMigration.SOURCE.fingerprint()), true, false)
                        .inMigration(Optional.of(ofMigration));
        ImagesFolder folder =
                ImagesFolder.claim(
                        images, Optional.of(new SessionName("web-1")), Optional.empty(), claimant);
        Files.writeString(folder.path().resolve("pages-1.img"), "pages");
        Files.writeString(folder.path().resolve("pagemap-1.img"), "pagemap");
        folder.markRoundComplete(ImagesSync.NONE);
    }

    @Test
    void imagesAreLinkedToTheRoundsWhichGoWhenTheTreeHasItsMemory() throws Exception {
        round(ID);
        migration.attachAfterRounds(ID);
        assertThat(
                        migration
                                .services
                                .registry()
                                .awaitPages(ScriptedMigration.SESSION, ScriptedMigration.SOURCE))
                .isTrue();
        migration.turnLazy();
        Path link = images.resolve("web/parent");
        assertThat(Files.readSymbolicLink(link)).isEqualTo(Path.of("../web-1"));
        assertThat(
                        migration
                                .services
                                .registry()
                                .awaitPages(ScriptedMigration.SESSION, ScriptedMigration.SOURCE))
                .isFalse();

        Stage.WHOLE.reach(migration);
        assertThat(link).isSymbolicLink();
        migration.lazyRestore().released();

        assertThat(migration.over().outcome().reason()).isEqualTo(CloseReason.COMPLETED);
        await().until(() -> Files.notExists(images.resolve("web-1")));
        assertThat(link).doesNotExist();
        assertThat(images.resolve("web/core-1.img")).doesNotExist();
    }

    @Test
    void roundsOfAMigrationThatFailsStayReplaceable() throws Exception {
        round(ID);
        migration.attachAfterRounds(ID);
        migration.turnLazy();
        Stage.STAGED.reach(migration);
        migration.loseConnection();

        assertThat(migration.over().outcome().reason()).isEqualTo(CloseReason.PEER_LOST);
        assertThat(images.resolve("web/core-1.img")).doesNotExist();
        round("cd".repeat(16)); // That of a retry takes its place.
    }

    @Test
    void roundOfAnotherMigrationIsRefused() throws Exception {
        round("cd".repeat(16));
        migration.attachAfterRounds(ID);
        migration.says(new TurnLazy("web-1"));

        assertThat(migration.over().outcome().reason()).isEqualTo(CloseReason.IMAGES_DIR_REFUSED);
        assertThat(migration.over().outcome().message()).contains("is a round of another");
        assertThat(images.resolve("web-1/pages-1.img")).exists();
        assertThat(images.resolve("web")).doesNotExist();
    }

    /** Its pages may be those of somebody else's tree. */
    @Test
    void sessionThatIsNoRoundIsRefused() throws Exception {
        round(ID);
        Files.delete(images.resolve("web-1/.round"));
        migration.attachAfterRounds(ID);
        migration.says(new TurnLazy("web-1"));

        assertThat(migration.over().outcome().message()).contains("no round of this migration");
        assertThat(images.resolve("web")).doesNotExist();
    }

    @Test
    void turnIsTakenOnceAndOnlyIfItWasAnnounced() throws Exception {
        round(ID);
        migration.attachAfterRounds(ID);
        migration.turnLazy();
        migration.says(new TurnLazy("web-1"));
        assertThat(migration.over().outcome().reason()).isEqualTo(CloseReason.TUNNEL_PROTOCOL);
    }

    @Test
    void turnThatWasNotAnnouncedBreaksTheProtocol() throws Exception {
        migration.attach();
        assertThat(migration.hears(Attached.class).turnsLazy()).isTrue();
        migration.says(new TurnLazy("web-1"));
        assertThat(migration.over().outcome().reason()).isEqualTo(CloseReason.TUNNEL_PROTOCOL);
    }
}
