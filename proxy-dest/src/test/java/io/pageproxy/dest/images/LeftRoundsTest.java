package io.pageproxy.dest.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import io.pageproxy.session.SessionName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What becomes of the complete rounds {@code web-1}, {@code web-2} of a migration of {@code web}.
 */
class LeftRoundsTest {
    private static final Claimant SOURCE = new Claimant(Optional.of("aa"), true, false);
    private static final Claimant FIRST = SOURCE.inMigration(Optional.of("1111"));
    private static final Claimant RETRY = SOURCE.inMigration(Optional.of("2222"));

    @TempDir private Path temporary;
    private Path dir;

    @BeforeEach
    void findDir() throws IOException {
        dir = temporary.toRealPath();
    }

    private ImagesFolder claim(String name, String parent, Claimant claimant) {
        return ImagesFolder.claim(
                dir,
                Optional.of(new SessionName(name)),
                Optional.ofNullable(parent).map(SessionName::new),
                claimant);
    }

    /** Writes what the page server would write. */
    private static ImagesFolder fill(ImagesFolder folder) throws IOException {
        Files.write(folder.path().resolve("pages-1.img"), new byte[] {1});
        Files.write(folder.path().resolve("pagemap-7.img"), new byte[] {1});
        if (folder.parentRelative().isPresent()) {
            Files.createSymbolicLink(
                    folder.path().resolve("parent"), folder.parentRelative().get());
        }
        return folder;
    }

    private void round(String name, String parent, Claimant claimant) throws IOException {
        fill(claim(name, parent, claimant)).markRoundComplete(ImagesSync.NONE);
    }

    /** Both rounds are complete, and its last dump has not begun. */
    private void rounds() throws IOException {
        round("web-1", null, FIRST);
        round("web-2", "web-1", FIRST);
    }

    private void assertRefused(String name, Claimant claimant) {
        SessionException refusal =
                catchThrowableOfType(SessionException.class, () -> claim(name, null, claimant));
        assertThat(refusal).as("the claim of " + name).isNotNull();
        assertThat(refusal.reason()).isEqualTo(CloseReason.IMAGES_DIR_REFUSED);
        assertThat(dir.resolve("web-1/pages-1.img")).exists();
        assertThat(dir.resolve("web-2/pages-1.img")).exists();
    }

    @Test
    void retryReplacesAllRounds() throws IOException {
        rounds();
        ImagesFolder again = claim("web-1", null, RETRY);
        assertThat(again.path().resolve("pages-1.img")).doesNotExist();
        assertThat(dir.resolve("web-2")).doesNotExist();
        fill(again).markRoundComplete(ImagesSync.NONE);
        round("web-2", "web-1", RETRY);
    }

    @Test
    void retryReplacesRoundsBelowIncompleteImagesOfTheSamePeer() throws IOException {
        rounds();
        fill(claim("web-3", "web-2", FIRST)).abandon("peer_lost: gone");
        fill(claim("web", "web-2", FIRST)).abandon("peer_lost: gone");
        claim("web-1", null, RETRY).abandon("over");
        assertThat(dir.resolve("web-2")).doesNotExist();
        assertThat(dir.resolve("web/.incomplete")).exists();
    }

    @Test
    void onlyAnotherMigrationOfTheSamePeerReplacesThem() throws IOException {
        rounds();
        assertRefused("web-1", FIRST);
        assertRefused("web-1", SOURCE);
        assertRefused("web-1", new Claimant(Optional.of("bb"), true, false, Optional.of("2222")));
        assertRefused("web-1", new Claimant(Optional.of("aa"), false, false, Optional.of("2222")));
        assertRefused("web-1", Claimant.NOBODY);
    }

    @Test
    void roundsOfAMigrationWhoseDumpRunsStay() throws IOException {
        rounds();
        ImagesFolder running = claim("web", "web-2", FIRST);
        assertRefused("web-1", RETRY);
        running.abandon("over");
    }

    @Test
    void roundThatIsInUseStaysWithThoseBeforeIt() throws IOException {
        rounds();
        ImagesFolder inUse = ImagesFolder.reopen(dir.resolve("web-2"), FIRST);
        assertThat(dir.resolve("web-2/.incomplete")).exists();
        assertRefused("web-1", RETRY);
        inUse.abandon("over");
    }

    @Test
    void roundsOfAMigrationThatIsCommittedStay() throws IOException {
        rounds();
        ImagesFolder migrated = fill(claim("web", "web-2", FIRST));
        migrated.protect(ImagesSync.DURABLE);
        migrated.markComplete(ImagesSync.NONE);
        assertRefused("web-1", RETRY);
        // Wherever its images are meanwhile.
        Files.move(dir.resolve("web"), dir.resolve("kept"));
        assertRefused("web-1", RETRY);
    }

    @Test
    void roundsOfImagesThatMayBeTheOnlyCopyStay() throws IOException {
        rounds();
        ImagesFolder undecided = fill(claim("web", "web-2", FIRST));
        undecided.protect(ImagesSync.DURABLE);
        assertThat(dir.resolve("web-2/.round")).doesNotExist();
        assertThat(dir.resolve("web-1/.round")).doesNotExist();
        undecided.abandonOnlyCopy("the source said nothing");
        assertRefused("web-1", RETRY);
    }

    @Test
    void migrationThatFailsInItsRestoreLeavesRoundsThatAreReplaced() throws IOException {
        rounds();
        ImagesFolder failed = fill(claim("web", "web-2", FIRST));
        failed.protect(ImagesSync.DURABLE);
        failed.abandon("restore_failed: no");
        claim("web-1", null, RETRY).abandon("over");
        assertThat(dir.resolve("web-2")).doesNotExist();
    }

    @Test
    void roundsOnWhichOtherImagesBuildStay() throws IOException {
        rounds();
        fill(claim("other", "web-2", SOURCE)).markComplete(ImagesSync.NONE);
        assertRefused("web-1", RETRY);
    }

    @Test
    void plainSessionsWithTheNameOfARoundStay() throws IOException {
        fill(claim("web-1", null, SOURCE)).markComplete(ImagesSync.NONE);
        fill(claim("web-2", "web-1", SOURCE)).markComplete(ImagesSync.NONE);
        assertRefused("web-1", RETRY);
    }

    /** A migration whose own session is called web-1. */
    @Test
    void migratedImagesWithTheNameOfARoundStay() throws IOException {
        fill(claim("web-1", null, FIRST)).markComplete(ImagesSync.NONE);
        fill(claim("web-2", null, FIRST)).markComplete(ImagesSync.NONE);
        assertRefused("web-1", RETRY);
    }

    @Test
    void roundWithAForeignFileStays() throws IOException {
        rounds();
        Files.writeString(dir.resolve("web-2/notes.txt"), "mine");
        SessionException refusal =
                catchThrowableOfType(SessionException.class, () -> claim("web-1", null, RETRY));
        assertThat(refusal).hasMessageContaining("'notes.txt', which is not a session's");
        assertThat(dir.resolve("web-2/pages-1.img")).exists();
        assertThat(dir.resolve("web-1/pages-1.img")).exists();
    }

    @Test
    void migrationDoesNotBuildOnTheRoundOfAnother() throws IOException {
        rounds();
        SessionException refusal =
                catchThrowableOfType(SessionException.class, () -> claim("web", "web-2", RETRY));
        assertThat(refusal).hasMessageContaining("is a round of another migration");
        claim("web", "web-2", FIRST).abandon("over");
        claim("web", "web-2", SOURCE).abandon("over");
    }

    @Test
    void markThatIsALinkOrNotOursMarksNothing() throws IOException {
        rounds();
        Path elsewhere = Files.move(dir.resolve("web-1/.round"), dir.resolve("elsewhere"));
        Files.createSymbolicLink(dir.resolve("web-1/.round"), elsewhere);
        assertRefused("web-1", RETRY);
        Files.delete(dir.resolve("web-1/.round"));
        Files.writeString(dir.resolve("web-1/.round"), "peer-sha256: aa\n");
        assertRefused("web-1", RETRY);
    }
}
