package io.pageproxy.dest.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import io.pageproxy.session.SessionName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Who gets a folder for images, and what becomes of it. The class is long because each row of these
 * rules is a test, and the rules are best read side by side.
 */
class ImagesFolderTest {
    @TempDir private Path temp;
    private Path dir;
    private final List<ImagesFolder> claimed = new ArrayList<>();

    @BeforeEach
    void makeImagesDir() throws IOException {
        dir = Files.createDirectory(temp.toRealPath().resolve("images"));
    }

    @AfterEach
    void abandonAll() {
        claimed.forEach(folder -> folder.abandon("the test is over"));
    }

    @Test
    void claimCreatesFolderWithMarkAndLog() throws IOException {
        ImagesFolder folder = claim("web/2");
        assertThat(folder.path()).isEqualTo(dir.resolve("web/2"));
        assertThat(names(folder.path())).containsExactly(".incomplete", "page-server.log");
        assertThat(permissions(folder.path().resolve(".incomplete"))).isEqualTo("rw-------");
        assertThat(permissions(folder.logFile())).isEqualTo("rw-------");
    }

    @Test
    void folderInsideOtherSessionIsRefused() throws IOException {
        claim("vlog");
        assertThat(refusal("vlog/2")).hasMessageContaining(dir.resolve("vlog") + " belongs to");
        Path whole = Files.createDirectory(dir.resolve("whole"));
        Files.createFile(whole.resolve("page-server.log"));
        assertThat(refusal("whole/a/b")).hasMessageContaining("session folders cannot be nested");
        Path moved = Files.createDirectories(dir.resolve("shop/moved"));
        Files.createFile(moved.resolve("core-1.img"));
        assertThat(refusal("shop/moved/2")).hasMessageContaining(moved.toString());
        assertThat(names(whole)).containsExactly("page-server.log");
        assertThat(names(dir.resolve("vlog"))).containsExactly(".incomplete", "page-server.log");
    }

    @Test
    void folderAboveOtherSessionIsRefused() throws IOException {
        ImagesFolder below = claim("shop/web/1");
        assertThat(refusal("shop")).hasMessageContaining("holds the folder 'web'");
        assertThat(refusal("shop/web")).hasMessageContaining("holds the folder '1'");
        assertThat(names(dir.resolve("shop/web"))).containsExactly("1");
        claim("shop/web/2");
        below.abandon("nothing came");
        assertThat(refusal("shop/web")).hasMessageContaining("holds the folder '2'");
    }

    @Test
    void mountPointWithLostAndFoundIsAccepted() throws IOException {
        Files.createDirectories(dir.resolve("web/lost+found"));
        assertThat(claim("web").path()).isEqualTo(dir.resolve("web"));
    }

    @Test
    void imagesDirItselfIsClaimedAndCreatedWithoutSessionName() throws IOException {
        Files.delete(dir);
        ImagesFolder folder = claim(null);
        assertThat(folder.path()).isEqualTo(dir);
        folder.abandon("nothing came");
        assertThat(dir).doesNotExist();
        assertThat(temp).isEmptyDirectory();
    }

    @Test
    void linkedImagesDirIsCreatedAndRemovedAtLinkTarget() throws IOException {
        Path link = Files.createSymbolicLink(temp.resolve("link"), dir);
        ImagesFolder folder = ImagesFolder.claim(link.resolve("sub"), name("web"), none());
        assertThat(folder.path()).isEqualTo(dir.resolve("sub/web"));
        folder.abandon("nothing came");
        assertThat(dir).isEmptyDirectory();
    }

    @Test
    void imagesDirWithMissingParentIsRefused() {
        SessionException refusal =
                refusal(() -> ImagesFolder.claim(dir.resolve("a/b"), name("web"), none()));
        assertThat(refusal).hasMessageContaining(dir.resolve("a").toString());
        assertThat(dir).isEmptyDirectory();
    }

    @Test
    void completeRemovesMarkAndKeepsImages() throws IOException {
        ImagesFolder folder = claim("web");
        Files.write(folder.path().resolve("pages-1.img"), new byte[] {1});
        folder.sync(ImagesSync.DURABLE);
        folder.markComplete(ImagesSync.DURABLE);
        folder.abandon("too late");
        assertThat(names(folder.path())).containsExactly("page-server.log", "pages-1.img");
    }

    @Test
    void failureWithoutImagesRemovesFolder() throws IOException {
        ImagesFolder folder = claim("web/front/2");
        Files.writeString(folder.logFile(), "Error: something");
        Files.createFile(folder.path().resolve("pages-65537.img"));
        Files.createSymbolicLink(folder.path().resolve("parent"), Path.of("../1"));
        folder.abandon("the page server failed");
        folder.abandon("twice");
        assertThat(dir).isEmptyDirectory();
    }

    @Test
    void failureKeepsExistingFoldersAndTheirContent() throws IOException {
        Path web = Files.createDirectory(dir.resolve("web"));
        Files.writeString(web.resolve("core-1.img"), "moved here before");
        claim("web").abandon("nothing came");
        assertThat(names(web)).containsExactly("core-1.img");
    }

    @Test
    void failureWithImagesKeepsImagesLogAndMarkWithReason() throws IOException {
        ImagesFolder folder = claim("web");
        Files.write(folder.path().resolve("pages-1.img"), new byte[] {1});
        folder.abandon("the dumper\u001b left" + "!".repeat(5000));
        assertThat(names(folder.path()))
                .containsExactly(".incomplete", "page-server.log", "pages-1.img");
        assertThat(folder.path().resolve(".incomplete"))
                .content()
                .startsWith("pageproxy: these images are not whole: the dumper? left!")
                .hasSize(IncompleteMark.LENGTH_BYTES);
    }

    @Test
    void folderWithImagesIsRefusedAndUnchanged() throws IOException {
        Path web = Files.createDirectory(dir.resolve("web"));
        for (String image : List.of("pages-1.img", "pagemap-1.img", "pagemap-shmem-1.img")) {
            Files.createFile(web.resolve(image));
            assertThat(refusal("web"))
                    .hasMessageContaining("holds images already (" + image + ")")
                    .hasMessageContaining("--session");
            assertThat(names(web)).containsExactly(image);
            Files.delete(web.resolve(image));
        }
    }

    @Test
    void incompleteImagesAreRefusedWithTheirReason() throws IOException {
        ImagesFolder folder = claim("web");
        Files.write(folder.path().resolve("pages-1.img"), new byte[] {1});
        folder.abandon("the dumper left\nlog line");
        assertThat(refusal("web"))
                .hasMessageContaining("these images are not whole: the dumper left):");
        assertThat(folder.path().resolve(".incomplete")).exists();
    }

    @Test
    void staleMarkWithoutImagesIsTakenOver() throws IOException {
        Path web = Files.createDirectory(dir.resolve("web"));
        Files.writeString(web.resolve(".incomplete"), "crashed");
        Files.writeString(web.resolve("page-server.log"), "old");
        Files.createSymbolicLink(web.resolve("parent"), Path.of("../elsewhere"));
        ImagesFolder folder = claim("web");
        assertThat(names(web)).containsExactly(".incomplete", "page-server.log");
        assertThat(folder.logFile()).isEmptyFile();
        folder.abandon("nothing came");
        assertThat(web).isEmptyDirectory();
    }

    @Test
    void existingParentEntryIsRefused() throws IOException {
        Path web = Files.createDirectory(dir.resolve("web"));
        Files.createSymbolicLink(web.resolve("parent"), Path.of("../elsewhere"));
        assertThat(refusal("web")).hasMessageContaining("'parent'");
        assertThat(names(web)).containsExactly("parent");
    }

    @Test
    void linkOrFileInPathIsRefused() throws IOException {
        Files.createDirectories(temp.resolve("outside/2"));
        Files.createSymbolicLink(dir.resolve("web"), temp.resolve("outside"));
        Files.createFile(dir.resolve("file"));
        assertThat(refusal("web")).hasMessageContaining("symbolic link");
        assertThat(refusal("web/2")).hasMessageContaining(dir.resolve("web") + " is a symbolic");
        assertThat(refusal("file")).hasMessageContaining("is not a folder");
        assertThat(refusal("file/2")).hasMessageContaining(dir.resolve("file").toString());
        assertThat(temp.resolve("outside/2")).isEmptyDirectory();
    }

    @Test
    void linkedMarkIsNotFollowed() throws IOException {
        Path victim = Files.writeString(temp.resolve("victim"), "precious");
        Path web = Files.createDirectory(dir.resolve("web"));
        Files.createSymbolicLink(web.resolve(".incomplete"), victim);
        assertThat(refusal("web").reason()).isEqualTo(CloseReason.IMAGES_DIR_REFUSED);
        assertThat(victim).hasContent("precious");
    }

    @Test
    void oneOfConcurrentClaimsWins() throws Exception {
        int claimants = 8;
        CyclicBarrier start = new CyclicBarrier(claimants);
        ExecutorService threads = Executors.newFixedThreadPool(claimants);
        List<Callable<ImagesFolder>> claims = new ArrayList<>();
        for (int i = 0; i < claimants; i++) {
            claims.add(
                    () -> {
                        start.await();
                        return ImagesFolder.claim(dir, name("web/2"), none());
                    });
        }
        int refused = 0;
        for (Future<ImagesFolder> claim : threads.invokeAll(claims)) {
            try {
                claimed.add(claim.get());
            } catch (ExecutionException e) {
                assertThat(e).hasRootCauseMessage(inUse("web/2"));
                refused++;
            }
        }
        threads.shutdown();
        assertThat(refused).isEqualTo(claimants - 1);
        assertThat(names(dir.resolve("web/2"))).contains(".incomplete");
    }

    @Test
    void folderLockedByOtherProcessIsRefusedUntilItEnds() throws Exception {
        Path web = Files.createDirectory(dir.resolve("web"));
        Process other = LockHolder.start(web.resolve(".incomplete"));
        try {
            assertThat(refusal("web")).hasMessage(inUse("web"));
        } finally {
            other.destroyForcibly().waitFor();
        }
        assertThat(claim("web").path()).isEqualTo(web);
    }

    @Test
    void refusedClaimKeepsLockOfFirstClaim() throws Exception {
        claim("web");
        assertThat(refusal("web")).hasMessage(inUse("web"));
        assertThat(LockHolder.canLock(dir.resolve("web/.incomplete"))).isFalse();
    }

    @Test
    void failedSiblingsRemoveCommonParentFolder() {
        ImagesFolder one = claim("web/1");
        ImagesFolder two = claim("web/2");
        one.abandon("nothing came");
        assertThat(two.path()).exists();
        two.abandon("nothing came");
        assertThat(dir).isEmptyDirectory();
    }

    @Test
    void completeParentIsResolvedRelativeToFolder() throws IOException {
        Files.createDirectories(dir.resolve("web/1"));
        Files.createFile(dir.resolve("web/1/pagemap-1.img"));
        ImagesFolder sibling = claim("web/2", "web/1");
        assertThat(sibling.parentRelative()).contains(Path.of("../1"));
        ImagesFolder elsewhere = claim("db/eu/1", "web/1");
        assertThat(elsewhere.parentRelative()).contains(Path.of("../../../web/1"));
        ImagesFolder above = claim(null, "web/1");
        assertThat(above.parentRelative()).contains(Path.of("web/1"));
        assertThat(elsewhere.path().resolve(elsewhere.parentRelative().get()).toRealPath())
                .isEqualTo(dir.resolve("web/1"));
    }

    @Test
    void missingIncompleteOrEmptyParentIsRefusedBeforeAnythingIsCreated() throws IOException {
        assertThat(parentRefusal("web/1")).hasMessageContaining("web does not exist");
        Path parent = Files.createDirectories(dir.resolve("web/1"));
        assertThat(parentRefusal("web/1")).hasMessageContaining("no pagemap images");
        Files.createFile(parent.resolve("pagemap-1.img"));
        Files.createFile(parent.resolve(".incomplete"));
        assertThat(parentRefusal("web/1")).hasMessageContaining("not whole");
        Files.createSymbolicLink(dir.resolve("link"), parent);
        assertThat(parentRefusal("link")).hasMessageContaining("symbolic link");
        assertThat(dir.resolve("db")).doesNotExist();
    }

    @Test
    void sessionCannotBeItsOwnParent() {
        SessionException refusal = refusal(() -> ImagesFolder.claim(dir, name("web"), name("web")));
        assertThat(refusal.reason()).isEqualTo(CloseReason.SESSION_INVALID);
        assertThat(dir).isEmptyDirectory();
    }

    @Test
    void logTailIsLastLinesSanitised() throws IOException {
        ImagesFolder folder = claim("web");
        assertThat(folder.logTail(3, 1000)).isEmpty();
        Files.writeString(folder.logFile(), "one\ntwo\n\u001b[31mthree\u0000\t3\r\nf\u00f6ur\n");
        assertThat(folder.logTail(2, 1000)).isEqualTo("?[31mthree? 3\nf\u00f6ur");
        assertThat(folder.logTail(9, 10)).isEqualTo("f\u00f6ur");
        assertThat(folder.logTail(9, 3)).isEqualTo("ur");
        Files.delete(folder.logFile());
        assertThat(folder.logTail(3, 1000)).isEmpty();
    }

    @Test
    void fullDiskIsDetectedFromLog() throws IOException {
        ImagesFolder folder = claim("web");
        assertThat(folder.isFull()).isFalse();
        Files.writeString(folder.logFile(), "Error: write: No space left on device\nlast\n");
        assertThat(folder.isFull()).isTrue();
        Files.writeString(folder.logFile(), "Error: write: Disk quota exceeded\n");
        assertThat(folder.isFull()).isTrue();
    }

    private ImagesFolder claim(String session) {
        return claim(session, null);
    }

    private ImagesFolder claim(String session, String parent) {
        ImagesFolder folder = ImagesFolder.claim(dir, name(session), name(parent));
        claimed.add(folder);
        return folder;
    }

    private SessionException refusal(String session) {
        SessionException refusal = refusal(() -> ImagesFolder.claim(dir, name(session), none()));
        assertThat(refusal.reason()).isEqualTo(CloseReason.IMAGES_DIR_REFUSED);
        return refusal;
    }

    private SessionException parentRefusal(String parent) {
        SessionException refusal = refusal(() -> ImagesFolder.claim(dir, name("db"), name(parent)));
        assertThat(refusal.reason()).isEqualTo(CloseReason.IMAGES_DIR_REFUSED);
        return refusal;
    }

    private static SessionException refusal(Callable<ImagesFolder> claim) {
        SessionException refusal = catchThrowableOfType(SessionException.class, claim::call);
        assertThat(refusal).isNotNull();
        return refusal;
    }

    private String inUse(String session) {
        return "images folder "
                + dir.resolve(session)
                + " is in use by another session: wait for it, or give another --session";
    }

    private static Optional<SessionName> name(String name) {
        return Optional.ofNullable(name).map(SessionName::new);
    }

    private static Optional<SessionName> none() {
        return Optional.empty();
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private static String permissions(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }

    private static final Claimant SOURCE = new Claimant(Optional.of("aa"), true, false);

    private ImagesFolder claimBy(Claimant claimant) {
        return ImagesFolder.claim(
                dir, Optional.of(new SessionName("web")), Optional.empty(), claimant);
    }

    /** A folder in which a session of the source has failed after its first pages. */
    private Path failedFolder() throws IOException {
        ImagesFolder folder = claimBy(SOURCE);
        Files.write(folder.path().resolve("pages-1.img"), new byte[] {1});
        Files.write(folder.path().resolve("core-1.img"), new byte[] {1});
        Files.createSymbolicLink(folder.path().resolve("parent"), Path.of("../other"));
        folder.abandon("peer_lost: gone\npeer-sha256: bb");
        return folder.path();
    }

    private static void assertUntouched(Path folder) {
        assertThat(folder.resolve("pages-1.img")).exists();
        assertThat(folder.resolve("core-1.img")).exists();
        assertThat(folder.resolve("parent")).isSymbolicLink();
        assertThat(folder.resolve(".incomplete")).exists();
    }

    private void assertNotReplaced(Claimant claimant) {
        assertThatThrownBy(() -> claimBy(claimant))
                .isInstanceOfSatisfying(
                        SessionException.class,
                        e -> assertThat(e.reason()).isEqualTo(CloseReason.IMAGES_DIR_REFUSED));
    }

    @Test
    void incompleteImagesOfTheSamePeerAreReplaced() throws IOException {
        Path folder = failedFolder();
        ImagesFolder again = claimBy(SOURCE);
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder(".incomplete", "page-server.log");
        }
        again.abandon("over");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void incompleteImagesOfAnotherPeerOrWithKeepIncompleteStay() throws IOException {
        Path folder = failedFolder();
        assertNotReplaced(new Claimant(Optional.of("bb"), true, false));
        assertNotReplaced(new Claimant(Optional.of("aa"), false, false));
        assertNotReplaced(Claimant.NOBODY);
        assertUntouched(folder);
    }

    @Test
    void nothingIsRemovedIfAnythingElseIsInTheFolder() throws IOException {
        Path folder = failedFolder();
        Files.writeString(folder.resolve("notes.txt"), "mine");
        assertNotReplaced(SOURCE);
        assertUntouched(folder);
        Files.delete(folder.resolve("notes.txt"));
        Path elsewhere = Files.writeString(dir.resolve("elsewhere"), "mine");
        Files.createSymbolicLink(folder.resolve("pages-2.img"), elsewhere);
        assertNotReplaced(SOURCE);
        assertUntouched(folder);
        assertThat(elsewhere).hasContent("mine");
    }

    @Test
    void completeImagesAreNeverReplaced() throws IOException {
        ImagesFolder folder = claimBy(SOURCE);
        Files.write(folder.path().resolve("pages-1.img"), new byte[] {1});
        folder.markComplete(ImagesSync.NONE);
        assertNotReplaced(SOURCE);
        assertThat(folder.path().resolve("pages-1.img")).exists();
    }

    @Test
    void imagesThatMayBeTheOnlyCopyAreNeverReplaced() throws IOException {
        ImagesFolder folder = claimBy(SOURCE);
        Files.write(folder.path().resolve("pages-1.img"), new byte[] {1});
        folder.protect(ImagesSync.DURABLE);
        assertThat(folder.path().resolve(".incomplete")).content().doesNotContain("peer-sha256");
        folder.abandonOnlyCopy("the source said nothing");
        assertNotReplaced(SOURCE);
        assertThat(folder.path().resolve("pages-1.img")).exists();
    }

    @Test
    void sessionIsRefusedIfItsPagesHaveNoRoom() throws IOException {
        ImagesFolder folder = claimBy(SOURCE);
        folder.requireSpace(0);
        assertThatThrownBy(() -> folder.requireSpace(Long.MAX_VALUE))
                .isInstanceOfSatisfying(
                        SessionException.class,
                        e -> assertThat(e.reason()).isEqualTo(CloseReason.NO_SPACE))
                .hasMessageContaining("nothing was frozen");
        folder.abandon("over");
    }
}
