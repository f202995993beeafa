package io.pageproxy.dest.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pageproxy.posix.FolderHandle;
import io.pageproxy.session.SessionException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SyncRootsTest {
    @TempDir private Path dir;
    private Path root;
    private SyncRoots roots;

    @BeforeEach
    void makeRoot() throws IOException {
        root = Files.createDirectory(dir.toRealPath().resolve("root"));
        roots = new SyncRoots(List.of(root));
    }

    @Test
    void missingFoldersAreMade() throws IOException {
        Path path = roots.require(root + "/a/b", Optional.empty());
        try (FolderHandle folder = roots.open(path)) {
            Files.writeString(folder.path().resolve("file"), "there");
        }
        assertThat(root.resolve("a/b/file")).hasContent("there");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "/", "/x", "x", "ROOT", "ROOT/", "ROOT/../x", "ROOT/./x", "ROOTx/y"})
    void whatIsNotBelowTheRootIsRefused(String wanted) {
        assertThatThrownBy(() -> roots.require(wanted.replace("ROOT", root + ""), Optional.empty()))
                .isInstanceOf(SessionException.class)
                .hasMessageContaining("takes no files into");
    }

    @Test
    void policyNarrowsTheRoots() {
        Optional<List<Path>> granted = Optional.of(List.of(root.resolve("mine")));
        assertThat(roots.require(root + "/mine/x", granted)).isEqualTo(root.resolve("mine/x"));
        assertThat(roots.require(root + "/mine", granted)).isEqualTo(root.resolve("mine"));
        assertThatThrownBy(() -> roots.require(root + "/mines", granted))
                .hasMessageContaining("sync-roots");
        assertThatThrownBy(() -> roots.require(root + "/x", Optional.of(List.of())))
                .hasMessageContaining("sync-roots");
    }

    @Test
    void linksAreNotFollowed() throws IOException {
        Path outside = Files.createDirectory(dir.resolve("outside"));
        Files.createSymbolicLink(root.resolve("link"), outside);
        Files.createSymbolicLink(root.resolve("nowhere"), dir.resolve("missing"));
        for (String name : List.of("link", "link/x", "nowhere", "nowhere/x")) {
            Path path = roots.require(root + "/" + name, Optional.empty());
            assertThatThrownBy(() -> roots.open(path))
                    .isInstanceOf(SessionException.class)
                    .hasMessageContaining("no link on the way is followed");
        }
        assertThat(outside).isEmptyDirectory();
        assertThat(dir.resolve("missing")).doesNotExist();
    }
}
