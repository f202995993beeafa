package io.pageproxy.source.migrate.dump;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.pageproxy.criu.OwnerThatExits;
import io.pageproxy.criu.Task;
import io.pageproxy.process.PosixChildLauncher;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class WatchedTreeTest {
    private Process root;

    @BeforeEach
    void startTree() throws IOException {
        root = new ProcessBuilder("sleep", "300").start();
    }

    @AfterEach
    void endTree() {
        root.destroyForcibly();
    }

    /** Nobody else has a copy. */
    @Test
    void treeLivesWhenMigrateEndsBeforeItsFirstRequestToTheWatchdog() throws Exception {
        OwnerThatExits migrate = new OwnerThatExits(new PosixChildLauncher(4096));

        Task tree = Task.of(root.pid()).orElseThrow();

        assertThatThrownBy(() -> WatchedTree.prepare(migrate, tree))
                .isInstanceOf(IOException.class);

        migrate.awaitWatchdogExit();
        assertThat(root.isAlive()).as("the tree is alive").isTrue();
    }

    /** Somebody else has stopped it, and knows why. */
    @Test
    void treeThatWasNotStoppedHereIsNotContinued() throws Exception {
        signal("STOP");
        await().until(() -> state() == 'T');

        try (WatchedTree tree = prepared()) {
            tree.resume();
        }

        assertThat(state()).isEqualTo('T');
    }

    @Test
    void stoppedTreeRunsOnWhenItIsResumed() throws Exception {
        try (WatchedTree tree = prepared()) {
            tree.stop(new Task(Integer.MAX_VALUE, "1"));
            await().until(() -> state() == 'T');
            assertThat(tree.size()).isEqualTo(1);

            tree.resume();
        }

        await().until(() -> state() == 'S');
    }

    private WatchedTree prepared() throws IOException {
        return WatchedTree.prepare(new PosixChildLauncher(4096), Task.of(root.pid()).orElseThrow());
    }

    private void signal(String name) throws Exception {
        String pid = Long.toString(root.pid());
        assertThat(new ProcessBuilder("kill", "-s", name, pid).start().waitFor()).isZero();
    }

    private char state() throws IOException {
        String stat = Files.readString(Path.of("/proc/" + root.pid() + "/stat"));
        return stat.charAt(stat.lastIndexOf(')') + 2);
    }
}
