package io.pageproxy.certs;

import static io.pageproxy.certs.PkiTestKit.listing;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NewFilesTest {
    @TempDir Path temp;

    @Test
    void failureWhileWritingRemovesFilesAndFolders() throws Exception {
        NewFiles files =
                new NewFiles(temp.resolve("a/b"))
                        .secret("one.pem", "1")
                        .open("missing/two.pem", "2");
        assertThatThrownBy(files::write).hasMessageContaining("no such file or folder");
        assertThat(listing(temp)).isEmpty();
    }

    @Test
    void staleTemporaryFileIsNamedAndKept() throws Exception {
        Files.writeString(temp.resolve(".two.pem.new"), "of a command that was killed");
        NewFiles files = new NewFiles(temp).secret("one.pem", "1").open("two.pem", "2");
        assertThatThrownBy(files::write).hasMessageContaining(".two.pem.new: already exists");
        assertThat(listing(temp)).containsOnlyKeys(".two.pem.new");
    }

    @Test
    void targetThatAppearsAfterCheckRollsBackPublishedFiles() throws Exception {
        // The temporary file of the third entry is the target of the second: it does not exist at
        // the check but does when it is to be reserved, after the first file has been published.
        NewFiles files =
                new NewFiles(temp)
                        .open("one.pem", "1")
                        .open(".three.pem.new", "2")
                        .open("three.pem", "3");
        assertThatThrownBy(files::write).hasMessageContaining(".three.pem.new: already exists");
        assertThat(listing(temp)).isEmpty();
    }

    @Test
    void fileInPlaceOfFolderIsNamed() throws Exception {
        Path file = Files.writeString(temp.resolve("file"), "");
        assertThatThrownBy(() -> new NewFiles(file).open("a.pem", "1").write())
                .hasMessageContaining(file + ": already exists");
        assertThat(listing(temp)).containsOnlyKeys("file");
    }
}
