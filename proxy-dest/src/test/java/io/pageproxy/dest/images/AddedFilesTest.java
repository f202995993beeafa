package io.pageproxy.dest.images;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AddedFilesTest {
    @TempDir private Path dir;
    private ImagesFolder folder;
    private AddedFiles files;

    @BeforeEach
    void completePages() throws IOException {
        dir = dir.toRealPath();
        Files.writeString(dir.resolve("pagemap-1.img"), "pages");
        folder = ImagesFolder.reopen(dir);
        files = new AddedFiles(folder, false);
    }

    @AfterEach
    void abandon() {
        files.discard();
        folder.abandon("the test is over");
    }

    @Test
    void filesAppearTogetherOnceAllHaveArrived() throws Exception {
        add("core-1.img", "one");
        add("files.img", "");
        assertThat(visible()).containsExactly("pagemap-1.img");
        assertThat(IncompleteMark.isIn(dir)).isTrue();

        files.finish(2, 3);
        assertThat(visible()).containsExactly("core-1.img", "files.img", "pagemap-1.img");
        assertThat(dir.resolve("core-1.img")).hasContent("one");
        assertThat(IncompleteMark.isIn(dir)).as("the mark is another's to remove").isTrue();
        folder.markComplete(ImagesSync.DURABLE);
        assertThat(IncompleteMark.isIn(dir)).isFalse();
    }

    @Test
    void pageImagesAreAcceptedIfNoPageServerWrites() throws Exception {
        files = new AddedFiles(folder, true);
        add("pages-1.img", "page");
        add("pagemap-2.img", "map");
        files.finish(2, 7);
        assertThat(visible()).containsExactly("pagemap-1.img", "pagemap-2.img", "pages-1.img");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".",
                "..",
                "../core-1.img",
                "a/core-1.img",
                "/etc/core.img",
                ".core.img",
                "core",
                "core.img\n",
                "core\0.img",
                "pages-7.img",
                "pagemap-7.img",
                "page-server.log",
                "parent",
                ".incomplete",
                "-core.img",
                "cöre.img"
            })
    void unsafeAndReservedNamesAreRefused(String name) throws Exception {
        assertReason(CloseReason.TUNNEL_PROTOCOL, () -> files.begin(name, 0));
        assertThat(visible()).containsExactly("pagemap-1.img");
    }

    @Test
    void existingFilesAreNeitherOverwrittenNorFollowed(@TempDir Path elsewhere) throws Exception {
        Path outside = Files.createFile(elsewhere.resolve("outside"));
        Files.createSymbolicLink(dir.resolve("core-1.img"), outside);
        assertReason(CloseReason.TUNNEL_PROTOCOL, () -> files.begin("core-1.img", 1));
        assertThat(outside).isEmptyFile();
    }

    @Test
    void duplicateFileIsRefused() throws Exception {
        add("core-1.img", "one");
        assertReason(CloseReason.TUNNEL_PROTOCOL, () -> files.begin("core-1.img", 1));
    }

    @Test
    void wrongLengthIsRefused() {
        files.begin("core-1.img", 2);
        assertReason(CloseReason.TUNNEL_PROTOCOL, () -> write("abc"));
        write("a");
        assertReason(CloseReason.TUNNEL_PROTOCOL, () -> files.end(sha256("a")));
        assertReason(CloseReason.TUNNEL_PROTOCOL, () -> files.begin("mm-1.img", 0));
    }

    @Test
    void checksumMismatchIsRefused() {
        files.begin("core-1.img", 1);
        write("b");
        assertReason(CloseReason.CHECKSUM_MISMATCH, () -> files.end(sha256("a")));
    }

    @Test
    void missingFileIsDetected() throws Exception {
        add("core-1.img", "one");
        assertReason(CloseReason.TUNNEL_PROTOCOL, () -> files.finish(2, 3));
        assertReason(CloseReason.TUNNEL_PROTOCOL, () -> files.finish(1, 4));
    }

    @Test
    void failureRemovesFilesAndWritesReasonToMark() throws Exception {
        add("core-1.img", "one");
        files.finish(1, 3);
        files.discard();
        folder.abandon("the tunnel was cut");
        assertThat(visible()).containsExactly("pagemap-1.img");
        assertThat(dir.resolve(".incomplete")).content().contains("the tunnel was cut");
    }

    @Test
    void folderInUseOrIncompleteIsNotReopened() {
        assertReason(CloseReason.IMAGES_DIR_REFUSED, () -> ImagesFolder.reopen(dir));
        folder.abandon("not whole");
        assertReason(CloseReason.IMAGES_DIR_REFUSED, () -> ImagesFolder.reopen(dir));
    }

    private void add(String name, String content) throws Exception {
        files.begin(name, content.length());
        write(content);
        files.end(sha256(content));
    }

    private void write(String content) {
        ByteBuf bytes = Unpooled.copiedBuffer(content, UTF_8);
        files.write(bytes);
        bytes.release();
    }

    private static String sha256(String content) throws Exception {
        return HexFormat.of()
                .formatHex(MessageDigest.getInstance("SHA-256").digest(content.getBytes(UTF_8)));
    }

    private Stream<String> visible() throws IOException {
        try (Stream<Path> all = Files.list(dir)) {
            return all
                    .map(path -> path.getFileName().toString())
                    .filter(name -> !name.startsWith("."))
                    .sorted()
                    .toList()
                    .stream();
        }
    }

    private static void assertReason(CloseReason reason, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        SessionException.class, e -> assertThat(e.reason()).isEqualTo(reason));
    }
}
