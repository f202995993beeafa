package io.pageproxy.dest.images;

import static org.assertj.core.api.Assertions.assertThat;

import io.pageproxy.session.SessionName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExpiredImagesTest {
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
    private static final Duration HOUR = Duration.ofHours(1);

    @TempDir Path temp;
    private Path dir;

    @BeforeEach
    void resolveLinks() throws IOException {
        dir = temp.toRealPath();
    }

    private Path complete(String name, boolean signs, Duration age) throws IOException {
        ImagesFolder folder =
                ImagesFolder.claim(
                        dir,
                        Optional.of(new SessionName(name)),
                        Optional.empty(),
                        new Claimant(Optional.of("aa"), true, signs));
        Files.write(folder.path().resolve("pages-1.img"), new byte[] {1});
        folder.markComplete(ImagesSync.NONE);
        if (signs) {
            Files.setLastModifiedTime(
                    folder.path().resolve(".pageproxy"), FileTime.from(NOW.minus(age)));
        }
        return folder.path();
    }

    private void expire() {
        ExpiredImages.remove(dir, HOUR, NOW);
    }

    @Test
    void onlyExpiredImagesWithOurFileAreRemoved() throws IOException {
        Path old = complete("old", true, HOUR.plusMinutes(1));
        Path nested = complete("a/b", true, HOUR.plusMinutes(1));
        Path young = complete("young", true, HOUR.minusMinutes(1));
        Path unsigned = complete("unsigned", false, HOUR);
        expire();
        assertThat(old).doesNotExist();
        assertThat(nested).doesNotExist();
        assertThat(young.resolve("pages-1.img")).exists();
        assertThat(unsigned.resolve("pages-1.img")).exists();
    }

    @Test
    void incompleteForeignAndLinkedFoldersStay() throws IOException {
        Path incomplete = complete("incomplete", true, HOUR.multipliedBy(2));
        ImagesFolder.reopen(incomplete).abandon("failed");
        Path foreign = complete("foreign", true, HOUR.multipliedBy(2));
        Files.writeString(foreign.resolve("notes.txt"), "mine");
        Path outside = Files.createDirectory(dir.resolve("outside"));
        Files.createFile(outside.resolve("pages-1.img"));
        Path images = Files.createDirectory(dir.resolve("images"));
        Files.createSymbolicLink(images.resolve("link"), outside);
        ExpiredImages.sign(outside);
        ExpiredImages.remove(images, Duration.ZERO, NOW.plus(HOUR));
        expire();
        assertThat(incomplete.resolve("pages-1.img")).exists();
        assertThat(foreign.resolve("pages-1.img")).exists();
        assertThat(outside.resolve("pages-1.img")).exists();
    }

    @Test
    void parentStaysAsLongAsItsChild() throws IOException {
        Path parent = complete("web-1", true, HOUR.multipliedBy(3));
        Path child = complete("web", true, HOUR.minusMinutes(1));
        Files.createSymbolicLink(child.resolve("parent"), Path.of("../web-1"));
        expire();
        assertThat(parent.resolve("pages-1.img")).exists();
        Files.setLastModifiedTime(
                child.resolve(".pageproxy"), FileTime.from(NOW.minus(HOUR.multipliedBy(2))));
        expire();
        expire();
        assertThat(child).doesNotExist();
        assertThat(parent).doesNotExist();
    }

    @Test
    void imagesOfARestoredTreeAndItsRoundsAreRemoved() throws IOException {
        Path base = complete("base", false, HOUR);
        Path first = complete("web-1", false, HOUR);
        Path second = complete("web-2", false, HOUR);
        Path last = complete("web", false, HOUR);
        Files.createSymbolicLink(first.resolve("parent"), Path.of("../base"));
        Files.createSymbolicLink(second.resolve("parent"), Path.of("../web-1"));
        Files.createSymbolicLink(last.resolve("parent"), Path.of("../web-2"));
        ExpiredImages.removeRestored(dir, last);
        assertThat(last).doesNotExist();
        assertThat(second).doesNotExist();
        assertThat(first).doesNotExist();
        assertThat(base.resolve("pages-1.img")).as("not a round").exists();
    }
}
