package io.pageproxy.cli.rehearsal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The folder of a rehearsal, and what killed ones have left. */
class RehearsalFolderTest {
    @TempDir private Path place;

    @Test
    void folderIsPrivateAndGoneWithItsContentWhenClosed() throws IOException {
        Path path;
        try (RehearsalFolder folder = RehearsalFolder.create(List.of(place))) {
            path = folder.path();
            assertThat(Files.getPosixFilePermissions(path))
                    .isEqualTo(PosixFilePermissions.fromString("rwx------"));
            Files.createFile(folder.makeFolder("images").resolve("pages-1.img"));
        }
        assertThat(path.getParent()).isEqualTo(place);
        assertThat(place).isEmptyDirectory();
    }

    @Test
    void leftFolderIsRemovedByTheNextAndAUsedOneIsNot() throws IOException {
        Path left = Files.createDirectory(place.resolve(RehearsalFolder.PREFIX + "1"));
        Files.createFile(left.resolve("lock"));
        Files.createFile(Files.createDirectory(left.resolve("images")).resolve("pages-1.img"));
        try (RehearsalFolder used = RehearsalFolder.create(List.of(place));
                RehearsalFolder next = RehearsalFolder.create(List.of(place))) {
            assertThat(left).doesNotExist();
            assertThat(used.path()).isNotEqualTo(next.path()).isDirectoryContaining("glob:**lock");
        }
    }

    @Test
    void whatIsNoRehearsalsFolderStays() throws IOException {
        Path target = Files.createDirectory(place.resolve("target"));
        Files.createFile(target.resolve("lock"));
        Path link = place.resolve(RehearsalFolder.PREFIX + "link");
        Files.createSymbolicLink(link, target);
        Path withoutLock = Files.createDirectory(place.resolve(RehearsalFolder.PREFIX + "new"));
        RehearsalFolder.create(List.of(place)).close();

        assertThat(target.resolve("lock")).exists();
        assertThat(link).isSymbolicLink();
        assertThat(withoutLock).isDirectory();
    }

    @Test
    void nextPlaceIsTakenIfOneDoesNotExist() throws IOException {
        Path missing = place.resolve("missing");
        try (RehearsalFolder folder = RehearsalFolder.create(List.of(missing, place))) {
            assertThat(folder.path().getParent()).isEqualTo(place);
        }
        assertThatIOException()
                .isThrownBy(() -> RehearsalFolder.create(List.of(missing)))
                .withMessageContaining(missing.toString());
    }
}
