package io.pageproxy.dest.images;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.pageproxy.session.SessionName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The test folders are inside a folder that JUnit has created for this user only. */
class ImageAccessTest {
    @TempDir private Path closed;
    private Path dir;
    private ImagesFolder folder;

    @BeforeEach
    void makeImagesDir() throws IOException {
        closed = closed.toRealPath();
        permit(closed, "rwx------");
        dir = Files.createDirectory(closed.resolve("images"));
    }

    @AfterEach
    void abandon() {
        if (folder != null) {
            folder.abandon("the test is over");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"rwx------", "rwxr--r--", "rw-rw-rw-"})
    void folderThatOthersCannotEnterIsClosed(String permissions) throws IOException {
        permit(closed, "rwxr-xr-x");
        permit(dir, permissions);
        assertThat(ImageAccess.isClosedToOthers(dir)).isTrue();
        permit(dir, "rwx------"); // for its removal
    }

    @ParameterizedTest
    @ValueSource(strings = {"rwxr-xr-x", "rwx--x--x", "rwx-----x", "rwxr-x---"})
    void folderThatOthersCanEnterIsNotClosed(String permissions) throws IOException {
        Path link = Files.createSymbolicLink(closed.resolve("link"), dir);
        permit(dir, permissions);
        assertThat(ImageAccess.isClosedToOthers(dir)).as("one above is closed").isTrue();
        permit(closed, "rwxr-xr-x");
        requireNoClosedFolderAbove();
        assertThat(ImageAccess.isClosedToOthers(dir)).isFalse();
        assertThat(ImageAccess.isClosedToOthers(link)).isFalse();
    }

    @Test
    void completeImagesBelowClosedFolderAreReadable() throws IOException {
        permit(dir, "rwx------");
        claim("shop/eu/1");
        Path image = privateFile("pages-1.img");
        Path pagemap = privateFile("pagemap-shmem-0.img");
        assertThat(permissions(image)).as("while it is written").isEqualTo("rw-------");

        folder.openImages();
        assertThat(permissions(dir.resolve("shop"))).isEqualTo("rwxr-xr-x");
        assertThat(permissions(dir.resolve("shop/eu"))).isEqualTo("rwxr-xr-x");
        assertThat(permissions(folder.path())).isEqualTo("rwxr-xr-x");
        assertThat(permissions(image)).isEqualTo("rw-r--r--");
        assertThat(permissions(pagemap)).isEqualTo("rw-r--r--");
        assertThat(permissions(folder.logFile())).isEqualTo("rw-------");
        assertThat(permissions(dir)).as("the operator's").isEqualTo("rwx------");
    }

    @Test
    void imagesOfMigrationAreReadable() throws IOException {
        claim("web");
        AddedFiles files = new AddedFiles(folder, false);
        files.begin("core-1.img", 1);
        files.write(Unpooled.wrappedBuffer(new byte[] {1}));
        files.end("4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a");
        files.finish(1, 1);
        assertThat(permissions(folder.path().resolve("core-1.img"))).isEqualTo("rw-r--r--");
    }

    @Test
    void sessionFolderIsClosedIfImagesDirIsOpen() throws IOException {
        permit(closed, "rwxr-xr-x");
        requireNoClosedFolderAbove();
        claim("shop/1");
        Path image = privateFile("pages-1.img");
        folder.openImages();
        assertThat(permissions(dir.resolve("shop"))).isEqualTo("rwx------");
        assertThat(permissions(folder.path())).isEqualTo("rwxr-xr-x");
        assertThat(permissions(image)).isEqualTo("rw-r--r--");
        folder.abandon("on to the next");

        claim("web");
        assertThat(permissions(folder.path())).isEqualTo("rwx------");
    }

    @Test
    void imagesInOpenFolderStayPrivate() throws IOException {
        permit(closed, "rwxr-xr-x");
        requireNoClosedFolderAbove();
        permit(Files.createDirectory(dir.resolve("web")), "rwxr-xr-x");
        claim("web");
        Path image = privateFile("pages-1.img");
        folder.openImages();
        assertThat(permissions(image)).isEqualTo("rw-------");
        assertThat(permissions(folder.path())).as("the operator's").isEqualTo("rwxr-xr-x");
    }

    private void requireNoClosedFolderAbove() throws IOException {
        assertThat(ImageAccess.isClosedToOthers(closed.getParent()))
                .as("%s lies in a closed folder: set java.io.tmpdir to another", closed)
                .isFalse();
    }

    private void claim(String session) {
        folder = ImagesFolder.claim(dir, Optional.of(new SessionName(session)), Optional.empty());
    }

    private Path privateFile(String name) throws IOException {
        Path file = Files.write(folder.path().resolve(name), new byte[] {1});
        permit(file, "rw-------");
        return file;
    }

    private static void permit(Path path, String permissions) throws IOException {
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
    }

    private static String permissions(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }
}
