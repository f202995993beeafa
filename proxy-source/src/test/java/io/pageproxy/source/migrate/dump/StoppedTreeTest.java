package io.pageproxy.source.migrate.dump;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pageproxy.criu.OwnerThatExits;
import io.pageproxy.process.PosixChildLauncher;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class StoppedTreeTest {
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

        assertThatThrownBy(() -> StoppedTree.stop(migrate, root.pid(), Integer.MAX_VALUE))
                .isInstanceOf(IOException.class);

        migrate.awaitWatchdogExit();
        assertThat(root.isAlive()).as("the tree is alive").isTrue();
    }
}
