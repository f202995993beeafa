package io.pageproxy.cli.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Folders for the non-page images of a dump and its rounds. */
class DumpFolderTest {
    @TempDir private Path dir;

    @Test
    void temporaryFolderIsDeletedWithRoundsButNotLinkTargets() throws IOException {
        Path folder = Files.createTempDirectory(dir, "dump");
        Path elsewhere = Files.createFile(dir.resolve("elsewhere"));
        Path round = Files.createDirectory(folder.resolve("round-2"));
        Files.createFile(round.resolve("inventory.img"));
        Files.createSymbolicLink(round.resolve("parent"), dir);
        new DumpFolder(folder, true).close();
        assertThat(folder).doesNotExist();
        assertThat(elsewhere).exists();
    }

    @Test
    void operatorsFolderIsKept() throws IOException {
        DumpFolder.of(Optional.of(dir.resolve("mine"))).close();
        assertThat(dir.resolve("mine")).isDirectory();
    }

    @Test
    void folderWithImagesOrRoundsIsRefused() throws IOException {
        Path round = Files.createDirectory(dir.resolve("round-1"));
        assertThatIOException().isThrownBy(() -> DumpFolder.of(Optional.of(dir)));
        Files.delete(round);
        Files.createFile(dir.resolve("core-1.img"));
        assertThatIOException()
                .isThrownBy(() -> DumpFolder.of(Optional.of(dir)))
                .withMessageContaining("holds images already: empty it, or name another");
    }
}
