package io.pageproxy.dest.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.pageproxy.criu.Task;
import io.pageproxy.dest.images.HeldImages;
import io.pageproxy.dest.images.HeldInventory;
import io.pageproxy.process.PosixChildLauncher;
import io.pageproxy.runc.FakeRunc;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** With a program in the place of runc that runs the action script as CRIU does. */
@Timeout(30)
class ContainerRestoresTest {
    private static final String RESTORE =
            """
            script=$(sed -n 's/^action-script //p' "$CRIU_CONFIG_FILE")
            export CRTOOLS_SCRIPT_ACTION=post-restore CRTOOLS_INIT_PID=$$
            "$script" || { echo failed >>calls; exit 1; }
            while [ "$1" != --pid-file ]; do shift; done
            echo $$ >"$2"
            echo runs >>calls
            """;

    @TempDir Path runcFolder;
    @TempDir Path bundles;
    @TempDir Path images;
    private FakeRunc runc;
    private Restores restores;

    @BeforeEach
    void make() throws IOException {
        runc = new FakeRunc(runcFolder, RESTORE);
        restores = allowed(List.of("--tcp-established")).container("web");
        bundle("{\"process\": {\"terminal\": false}}");
    }

    private Restores allowed(List<String> arguments) throws IOException {
        RuncRestores containers =
                new RuncRestores(
                        new PosixChildLauncher(4096),
                        runc.program(),
                        "/bin/true",
                        bundles,
                        arguments);
        return new AllowedRestores(null, null, Optional.of(containers), false);
    }

    private void bundle(String config) throws IOException {
        Files.createDirectories(bundles.resolve("web"));
        Files.writeString(bundles.resolve("web/config.json"), config);
    }

    @Test
    void containerRunsOnlyWhenItMay() throws Exception {
        Restores.Paused restore = begin();
        restore.ready().get(10, TimeUnit.SECONDS);
        assertThat(runc.calls()).doesNotContain("runs");
        assertThat(restore.root()).isPresent();
        restore.run();

        assertThat(restore.exit().get(10, TimeUnit.SECONDS).success()).isTrue();
        assertThat(runc.calls())
                .containsExactly(
                        "restore --detach --bundle %1$s/web --pid-file %2$s/restore.pid --image-path %2$s --work-path %2$s --tcp-established web"
                                .formatted(bundles, images),
                        "runs");
        assertThat(restore.pid()).isPresent();
    }

    @Test
    void restoreThatIsGivenUpNeverRuns() throws Exception {
        Restores.Paused restore = begin();
        restore.ready().get(10, TimeUnit.SECONDS);
        restore.giveUp();
        assertThat(restore.exit().get(10, TimeUnit.SECONDS).success()).isFalse();
        assertThat(runc.calls()).contains("failed").doesNotContain("runs");

        runc.hasContainer("stopped"); // Somebody else's, made later.
        assertThat(restore.killLeft()).isEmpty();
        assertThat(runc.calls()).doesNotContain("delete web");
    }

    @Test
    void whatAKilledRuncHasLeftIsRemoved() throws Exception {
        Restores.Paused restore = killed();
        runc.hasContainer("stopped");
        restore.killLeft();
        assertThat(runc.calls()).contains("delete web").doesNotContain("runs");
    }

    private Restores.Paused begin() throws IOException {
        return begin(false);
    }

    private Restores.Paused begin(boolean lazy) throws IOException {
        HeldImages held = restores.hold(images);
        Restores.Paused restore = restores.start(images, lazy, held.addReader());
        assertThat(runc.calls()).isEmpty();
        Files.writeString(HeldInventory.placeFor(images.resolve("inventory.img")), "inventory");
        held.release();
        assertThat(images.resolve("inventory.img")).hasContent("inventory");
        return restore;
    }

    @Test
    void killedContainerThatHadBeenRestoredLazilyIsRemoved() throws Exception {
        Restores.Paused restore = begin(true);
        restore.ready().get(10, TimeUnit.SECONDS);
        restore.run();
        assertThat(restore.exit().get(10, TimeUnit.SECONDS).success()).isTrue();
        runc.hasContainer("stopped");
        restore.killLeft();
        assertThat(runc.calls())
                .anyMatch(call -> call.startsWith("restore ") && call.contains(" --lazy-pages "))
                .contains("delete web");
    }

    @Test
    void containerWhoseTasksOurEndHasKilledIsRemovedByItsWatchdog() throws Exception {
        runc.hasContainer("stopped");
        Process task = new ProcessBuilder("sleep", "300").start();
        Restores.Watchdog watchdog =
                restores.watch(Task.of(task.pid()).orElseThrow(), OptionalInt.empty());
        watchdog.close();
        assertThat(task.waitFor()).isPositive();
        await().until(() -> runc.calls().contains("delete web"));
    }

    private Restores.Paused killed() throws Exception {
        Restores.Paused restore = begin();
        restore.ready().get(10, TimeUnit.SECONDS);
        ProcessHandle.of(restore.root().orElseThrow().pid()).orElseThrow().destroyForcibly();
        assertThat(restore.exit().get(10, TimeUnit.SECONDS).signal()).isPositive();
        return restore;
    }

    @Test
    void restoreThatIsGivenUpBeforeItsImagesAreThereStartsNothing() throws Exception {
        HeldImages held = restores.hold(images);
        Restores.Paused restore = restores.start(images, false, held.addReader());
        restore.giveUp();

        assertThat(restore.exit().get(10, TimeUnit.SECONDS).success()).isFalse();
        assertThatThrownBy(held::release).isInstanceOf(IOException.class);
        assertThat(restore.killLeft()).isEmpty();
        assertThatThrownBy(restore::run).isInstanceOf(IOException.class);
        held.close();
        assertThat(runc.calls()).isEmpty();
    }

    /** It is somebody else's. */
    @Test
    void containerThatRunsIsNeverDeleted() throws Exception {
        Restores.Paused restore = killed();
        runc.hasContainer("running");
        restore.killLeft();
        assertThat(runc.calls()).doesNotContain("delete web");
    }

    @Test
    void containerThatWasMadeMeanwhileIsNotTouched() throws IOException {
        Files.createDirectories(runcFolder.resolve("root/web"));
        assertThatThrownBy(() -> begin())
                .isInstanceOf(IOException.class)
                .hasMessageContaining("'web' already");
        assertThat(runc.calls()).isEmpty();
    }

    @Test
    void containerWithItsBundleCanBeRestored() {
        restores.requirePossible(false);
        assertThat(runc.calls()).containsExactly("state web");
    }

    @Test
    void whatStandsAgainstARestoreIsKnownBefore() throws IOException {
        runc.hasContainer("stopped");
        assertRefused("there is one of this id already, stopped");
        runc.hasNone();
        Files.createDirectory(runcFolder.resolve("root/web"));
        assertRefused(runcFolder + "/root/web is left of one that was killed");
        runc.breaks();
        assertRefused("no permission");
        bundle("{\"process\": {\"terminal\": true}}");
        assertRefused("wants a terminal");
        bundle("{\"root\": {\"path\": \"..\", \"readonly\": true}}");
        assertRefused("mkdir " + bundles.resolve("web/../tmp"));
        Files.writeString(bundles.resolve("web/criu.conf"), "images-dir /elsewhere");
        bundle("{\"annotations\": {\"org.criu.config\": \"criu.conf\"}}");
        assertRefused("sets images-dir");
        Files.delete(bundles.resolve("web/config.json"));
        assertRefused(bundles + "/web/config.json");
    }

    private void assertRefused(String why) {
        assertThatThrownBy(() -> restores.requirePossible(false))
                .isInstanceOfSatisfying(
                        SessionException.class,
                        e -> assertThat(e.reason()).isEqualTo(CloseReason.RESTORE_NOT_ALLOWED))
                .hasMessageContaining("container 'web'")
                .hasMessageContaining(why);
    }

    @Test
    void idThatLeadsElsewhereIsRefused() throws IOException {
        Restores all = allowed(List.of());
        assertThatThrownBy(() -> all.container("../web"))
                .isInstanceOf(SessionException.class)
                .hasMessageContaining("'../web' is not the id of a container");
    }

    @Test
    void restoreByHandUsesTheBundle() {
        assertThat(restores.byHand(Path.of("/images/a b")))
                .isEqualTo(
                        "runc restore -d -b %s/web --image-path '/images/a b' web"
                                .formatted(bundles));
    }
}
