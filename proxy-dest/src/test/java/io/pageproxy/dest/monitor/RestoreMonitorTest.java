package io.pageproxy.dest.monitor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.pageproxy.dest.monitor.MonitorMessage.Kind;
import io.pageproxy.posix.Posix;
import io.pageproxy.process.ExitStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The network process is hostile: it can have sessions restored, and nothing else. */
class RestoreMonitorTest extends MonitorTestBase {
    // ---- restores

    @Test
    void restoreHasItsOwnCopyOfAllButPages() throws IOException {
        Path session = lab.session("web/1");
        restore(1, "web/1");
        Path copy = onlyRestore().folder;
        Files.writeString(session.resolve("core-1.img"), "changed since");
        Files.writeString(session.resolve("core-2.img"), "new");

        assertThat(copy.toFile().list())
                .containsExactlyInAnyOrder(
                        "core-1.img", "inventory.img", "pages-1.img", "restore.log");
        assertThat(copy.resolve("core-1.img")).hasContent("core");
        assertThat(copy.resolve("core-2.img")).doesNotExist();
        assertThat(Files.isSameFile(copy.resolve("pages-1.img"), session.resolve("pages-1.img")))
                .isTrue();
        assertThat(Files.getPosixFilePermissions(copy.getParent().getParent()))
                .as("permissions of what holds all copies")
                .hasSize(3);
    }

    @Test
    void parentsAreCopiedToo() throws IOException {
        lab.session("web/1");
        Path second = lab.session("web/2");
        Files.createSymbolicLink(second.resolve("parent"), Path.of("../1"));
        restore(1, "web/2");

        Path copy = onlyRestore().folder;
        assertThat(copy.resolve("parent/core-1.img")).hasContent("core");
        assertThat(copy.resolve("parent").toRealPath())
                .isEqualTo(copy.toRealPath().resolveSibling("1"));
    }

    @Test
    void restoreIsToldFromStartToEnd() throws IOException {
        lab.session("web");
        restore(1, "web");
        onlyRestore().ready.complete(null);
        assertThat(answer())
                .isEqualTo(new MonitorMessage(Kind.PAUSED, 1, ScriptedPrograms.ROOT_PID, "12"));
        request(Kind.GO, 1);
        request(Kind.GO, 1);
        await().until(() -> onlyRestore().runs.get() > 0);
        onlyRestore().exit.complete(ExitStatus.exited(0));

        assertThat(answer()).isEqualTo(new MonitorMessage(Kind.LOG, 1, "the end of a log"));
        assertThat(answer()).isEqualTo(new MonitorMessage(Kind.ROOT, 1, ScriptedPrograms.ROOT_PID));
        assertThat(answer()).isEqualTo(new MonitorMessage(Kind.EXITED, 1));
        assertThat(onlyRestore().runs).hasValue(1);
        await().until(() -> !Files.exists(onlyRestore().folder));
        send(new MonitorMessage(Kind.LOOK, 1, 1));
        assertThat(answer()).isEqualTo(new MonitorMessage(Kind.LEFT, 1, "1,2"));
    }

    @Test
    void restoreWaitsForImagesThatAreNotThereYet() throws IOException {
        Path session = Files.createDirectory(lab.images.resolve("web"));
        request(Kind.RESTORE, 1, "web");
        assertThat(answer().kind()).isEqualTo(Kind.STARTED);
        Path copy = onlyRestore().folder;
        assertThat(copy.resolve("inventory.img")).isSymbolicLink();
        lab.session("web");
        assertThat(copy.resolve("core-1.img")).doesNotExist();
        assertThat(onlyRestore().reads).isFalse();
        request(Kind.IMAGES, 1);

        assertThat(answer()).isEqualTo(new MonitorMessage(Kind.DONE, 1));
        await().until(() -> onlyRestore().reads);
        assertThat(copy.resolve("inventory.img")).isRegularFile();
        assertThat(session.resolve("inventory.img")).isRegularFile();
    }

    @Test
    void restoreWhoseImagesDoNotComeEnds() throws IOException {
        lab.session("web");
        request(Kind.RESTORE, 1, "web");
        assertThat(answer().kind()).isEqualTo(Kind.STARTED);
        request(Kind.NO_IMAGES, 1);

        assertEndsWithoutImages();
        request(Kind.NO_IMAGES, 1);
        request(Kind.IMAGES, 1);
        assertThat(answer()).isEqualTo(new MonitorMessage(Kind.FAILED, 1, "it has ended"));
    }

    @Test
    void restoreDoesNotWaitForEver() throws IOException {
        lab.close();
        lab = MonitorLab.open(lab.images, Posix.effectiveUser(), Duration.ofMillis(100));
        lab.session("web");
        request(Kind.RESTORE, 1, "web");
        assertThat(answer().kind()).isEqualTo(Kind.STARTED);

        assertEndsWithoutImages();
    }

    private void assertEndsWithoutImages() throws IOException {
        assertThat(answer().kind()).isEqualTo(Kind.LOG);
        assertThat(answer().kind()).isEqualTo(Kind.ROOT);
        assertThat(answer()).isEqualTo(new MonitorMessage(Kind.EXITED, 1, 1));
        assertThat(onlyRestore().reads).isFalse();
        await().until(() -> !Files.exists(onlyRestore().folder));
    }

    @Test
    void imagesAreCopiedOnce() throws IOException {
        Path session = lab.session("web");
        restore(1, "web");
        Files.writeString(session.resolve("core-1.img"), "changed since");
        request(Kind.IMAGES, 1);

        assertThat(answer().kind()).isEqualTo(Kind.FAILED);
        assertThat(onlyRestore().folder.resolve("core-1.img")).hasContent("core");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "..",
                "../images/web",
                "/etc",
                "web/..",
                "web/../web",
                "web/.",
                ".monitor-1",
                "web\nweb",
                "missing",
                "web/core-1.img",
                "link",
                "link/web",
                "--help"
            })
    void otherFolderIsRefused(String folder) throws IOException {
        lab.session("web");
        Files.createSymbolicLink(lab.images.resolve("link"), lab.images.resolve("web"));

        assertFolderRefused(folder);
    }

    @Test
    void folderOfTheImagesDirItselfIsRestored() throws IOException {
        lab.session("");
        restore(1, "");

        assertThat(onlyRestore().folder.resolve("core-1.img")).exists();
    }

    @Test
    void imageThatIsLinkIsRefused() throws IOException {
        Path secret = Files.writeString(dir.resolve("secret"), "secret");
        Files.createSymbolicLink(lab.session("web").resolve("pages-2.img"), secret);

        assertImagesRefused();
    }

    @Test
    void imageThatIsFolderIsRefused() throws IOException {
        Files.createDirectory(lab.session("web").resolve("mm-1.img"));

        assertThat(assertImagesRefused()).contains("mm-1.img is no regular file");
    }

    @Test
    void imageThatIsFifoIsRefusedAtOnce() throws IOException {
        Posix.libc().mkfifo(lab.session("web").resolve("mm-1.img").toString(), 0600);

        assertThat(assertImagesRefused()).contains("mm-1.img is no regular file");
    }

    @Test
    void imageOfAnotherUserIsRefused() throws IOException {
        lab.close();
        lab = MonitorLab.open(lab.images, Posix.effectiveUser() + 1);
        lab.session("web");

        assertThat(assertImagesRefused()).contains("belongs to user");
    }

    @ParameterizedTest
    @ValueSource(strings = {"../../secret", "/etc", "../link"})
    void parentElsewhereIsRefused(String target) throws IOException {
        Path session = lab.session("web");
        Files.createSymbolicLink(lab.images.resolve("link"), dir);
        Files.createDirectory(dir.resolve("secret"));
        Files.createSymbolicLink(session.resolve("parent"), Path.of(target));

        assertImagesRefused();
    }

    @Test
    void parentsInCircleAreRefused() throws IOException {
        Path session = lab.session("web");
        Files.createSymbolicLink(session.resolve("parent"), Path.of("../web"));

        assertThat(assertImagesRefused()).contains("too many parents");
    }

    @Test
    void oneRestoreTooManyIsRefused() throws IOException {
        lab.session("web");
        for (int id = 1; id <= MonitorLab.MAX_RESTORES; id++) {
            request(Kind.RESTORE, id, "web");
            assertThat(answer().kind()).isEqualTo(Kind.STARTED);
        }
        request(Kind.RESTORE, 100, "web");

        assertThat(answer().text()).contains("restores already (--max-sessions)");
    }

    // ---- what else it may ask

    @Test
    void lazyRestoreNeedsItsDaemon() throws IOException {
        lab.session("web");
        send(new MonitorMessage(Kind.RESTORE, 1, 1, "web"));
        assertThat(answer().text()).isEqualTo("no lazy-pages daemon serves web");

        request(Kind.LAZY_PAGES, 2, "web");
        assertThat(answer().kind()).isEqualTo(Kind.STARTED);
        send(new MonitorMessage(Kind.RESTORE, 3, 1, "web"));
        assertThat(answer()).isEqualTo(new MonitorMessage(Kind.STARTED, 3));
        request(Kind.IMAGES, 2);
        assertThat(answer()).isEqualTo(new MonitorMessage(Kind.DONE, 2));
        assertThat(answer()).isEqualTo(new MonitorMessage(Kind.LISTENING, 2));
        assertThat(onlyRestore().reads).isFalse();
        request(Kind.IMAGES, 3);
        assertThat(answer()).isEqualTo(new MonitorMessage(Kind.DONE, 3));
        request(Kind.LAZY_PAGES, 4, "web");
        assertThat(answer().text()).isEqualTo("another lazy-pages daemon serves web");
        send(new MonitorMessage(Kind.TERMINATE, 2, 0));
        assertThat(answer().kind()).isEqualTo(Kind.EXITED);
        assertThat(onlyRestore().folder).as("the restore still has it").exists();
    }

    @Test
    void daemonAndItsRestoreEndIfTheirImagesDoNotCome() throws IOException {
        lab.session("web");
        request(Kind.LAZY_PAGES, 1, "web");
        assertThat(answer().kind()).isEqualTo(Kind.STARTED);
        send(new MonitorMessage(Kind.RESTORE, 2, 1, "web"));
        assertThat(answer().kind()).isEqualTo(Kind.STARTED);
        request(Kind.NO_IMAGES, 2);

        await().until(() -> onlyRestore().exit.isDone());
        assertThat(Stream.of(nextExit(), nextExit())).containsExactlyInAnyOrder(1, 2);
        await().until(() -> !Files.exists(onlyRestore().folder));
    }

    private int nextExit() throws IOException {
        MonitorMessage event = answer();
        return event.kind() == Kind.EXITED ? event.id() : nextExit();
    }

    @Test
    void onlyRestoredTreesCanBeWatched() throws IOException {
        lab.session("web");
        restore(1, "web");
        onlyRestore().ready.complete(null);
        assertThat(answer().kind()).isEqualTo(Kind.PAUSED);

        watch(2, ProcessHandle.current().pid());
        assertThat(answer().text()).contains("is no tree that was restored here");
        watch(3, ScriptedPrograms.ROOT_PID);
        assertThat(answer()).isEqualTo(new MonitorMessage(Kind.DONE, 3));
        send(new MonitorMessage(Kind.APPLY, 3, 2));
        assertThat(answer()).isEqualTo(new MonitorMessage(Kind.DONE, 3));
        assertThat(lab.programs.watchdogs)
                .containsExactly("watch " + ScriptedPrograms.ROOT_PID, "apply KILL");
    }

    private void watch(int id, long root) throws IOException {
        int kept = Posix.duplicate(0);
        try {
            lab.network.send(
                    new MonitorMessage(Kind.WATCH, id, root).encode(), OptionalInt.of(kept));
        } finally {
            Posix.close(kept);
        }
    }

    // ---- the end of the network process

    @Test
    void programsThatWaitForImagesEndWhenNetworkProcessHasEnded() throws IOException {
        lab.session("web");
        request(Kind.LAZY_PAGES, 1, "web");
        assertThat(answer().kind()).isEqualTo(Kind.STARTED);
        send(new MonitorMessage(Kind.RESTORE, 2, 1, "web"));
        assertThat(answer().kind()).isEqualTo(Kind.STARTED);
        lab.network.close();
        lab.endMonitor();

        assertThat(onlyRestore().exit).isDone();
        assertThat(onlyRestore().reads).isFalse();
        assertThat(lab.images.toFile().list()).containsExactly("web");
    }

    @Test
    void pausedTreeIsKilledWhenNetworkProcessHasEnded() throws IOException {
        lab.session("web");
        restore(1, "web");
        lab.network.close();
        lab.endMonitor();

        assertThat(onlyRestore().givenUp).isTrue();
        assertThat(onlyRestore().killedLeft).isTrue();
        assertThat(lab.images.toFile().list()).containsExactly("web");
    }

    @Test
    void releasedTreeIsNotKilled() throws IOException {
        lab.session("web");
        restore(1, "web");
        request(Kind.GO, 1);
        await().until(() -> onlyRestore().runs.get() > 0);
        lab.network.close();
        onlyRestore().exit.complete(ExitStatus.exited(1));
        lab.endMonitor();

        assertThat(onlyRestore().givenUp).isFalse();
        assertThat(onlyRestore().killedLeft).isFalse();
    }

    @Test
    void whatKilledMonitorHasLeftIsRemoved() throws IOException {
        Path left = Files.createDirectories(lab.images.resolve(".monitor-1/1/0"));
        Files.writeString(left.resolve("core-1.img"), "core");
        Path linked = Files.createDirectories(dir.resolve("elsewhere"));
        Files.writeString(linked.resolve("precious"), "");
        Files.createSymbolicLink(lab.images.resolve(".monitor-2"), linked);
        Files.createSymbolicLink(left.resolve("parent"), linked);

        try (MonitorLab other = MonitorLab.open(lab.images)) {
            assertThat(lab.images.resolve(".monitor-1")).doesNotExist();
            assertThat(linked.resolve("precious")).exists();
            assertThat(other.images.toFile().list()).hasSize(3);
        }
    }

    // ---- helpers

    private String assertFolderRefused(String folder) throws IOException {
        request(Kind.RESTORE, 1, folder);
        MonitorMessage answer = answer();
        assertThat(answer.kind()).as(answer.text()).isEqualTo(Kind.FAILED);
        assertThat(lab.programs.restores).isEmpty();
        return answer.text();
    }

    private String assertImagesRefused() throws IOException {
        request(Kind.RESTORE, 1, "web");
        assertThat(answer().kind()).isEqualTo(Kind.STARTED);
        request(Kind.IMAGES, 1);
        MonitorMessage answer = answer();
        assertThat(answer.kind()).as(answer.text()).isEqualTo(Kind.FAILED);
        assertThat(onlyRestore().reads).isFalse();
        assertThat(onlyRestore().folder.resolve("inventory.img")).isSymbolicLink();
        return answer.text();
    }
}
