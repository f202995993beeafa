package io.pageproxy.dest.migrate;

import static org.assertj.core.api.Assertions.assertThat;

import io.pageproxy.criu.Task;
import io.pageproxy.dest.credentials.RestoreUser;
import io.pageproxy.dest.images.HeldImages;
import io.pageproxy.dest.images.HeldInventory;
import io.pageproxy.dest.lazy.AttachedDaemons;
import io.pageproxy.dest.restore.Restores;
import io.pageproxy.dest.session.SerialWork;
import io.pageproxy.process.ExitStatus;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PausedRestoreTest {
    private final List<Throwable> failures = new ArrayList<>();
    private final List<String> events = new ArrayList<>();
    private final ScriptedRestore scripted = new ScriptedRestore();

    @Test
    void failureToStartIsExplained(@TempDir Path folder) throws IOException {
        FailingRestores restores =
                new FailingRestores(new AccessDeniedException("/srv/web/restore.log"));
        PausedRestore restore = restore(restores, Optional.empty());
        restore.prepare(folder, Optional.empty(), exit -> events.add(exit.describe()));

        assertThat(failures)
                .singleElement()
                .isInstanceOf(SessionException.class)
                .extracting(failure -> ((SessionException) failure).reason())
                .isEqualTo(CloseReason.RESTORE_FAILED);
        assertThat(failures.get(0))
                .hasMessage(
                        "the restore could not be started: permission denied for"
                                + " /srv/web/restore.log");
        restore.giveUp(() -> events.add("over"));
        assertThat(events).containsExactly("over");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void preparedRestoreWaitsForItsImages(@TempDir Path folder) throws IOException {
        PausedRestore restore = prepared(folder);
        assertThat(restore.started()).isFalse();
        assertThat(Files.readSymbolicLink(folder.resolve("inventory.img")).toString())
                .startsWith("/proc/self/fd/");
        Files.writeString(folder.resolve(".inventory"), "inventory");

        restore.start(() -> events.add("paused"));

        assertThat(restore.started()).isTrue();
        assertThat(folder.resolve("inventory.img")).isRegularFile();
        assertThat(events).isEmpty();
        scripted.ready.complete(null);
        assertThat(events).containsExactly("paused");
        assertThat(failures).isEmpty();
    }

    @Test
    void preparedRestoreThatIsGivenUpLeavesNothing(@TempDir Path folder) throws IOException {
        PausedRestore restore = prepared(folder);
        Files.createFile(folder.resolve("restore.log"));

        restore.giveUp(() -> events.add("over"));
        restore.removeTraces();

        assertThat(scripted.givenUp).isTrue();
        assertThat(events).contains("over");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void preparedRestoreThatEndsByItselfIsReported(@TempDir Path folder) {
        prepared(folder);

        scripted.exit.complete(ExitStatus.exited(1));

        assertThat(events).containsExactly("exit 1");
    }

    @Test
    void folderWithAnInventoryCannotBePrepared(@TempDir Path folder) throws IOException {
        Files.createFile(folder.resolve("inventory.img"));

        prepared(folder);

        assertThat(failures).singleElement().isInstanceOf(SessionException.class);
    }

    @Test
    void treeOfAnotherUserDoesNotGetItsImages(@TempDir Path folder) throws IOException {
        PausedRestore restore =
                prepared(folder, Optional.of(new RestoreUser("app", 1000, Set.of())));
        Files.writeString(folder.resolve(".inventory"), "inventory");
        Files.createFile(folder.resolve("restore.log"));

        restore.start(() -> events.add("paused"));

        assertThat(folder.resolve("inventory.img")).isSymbolicLink();
        assertThat(restore.folder()).as("where a log would explain the failure").isEmpty();
        restore.giveUp(() -> events.add("over"));
        restore.removeTraces();
        assertThat(folder).isEmptyDirectory();
        assertThat(failures.get(0))
                .hasMessage(
                        "the restore could not be started: there is no image of a task; here"
                                + " restored trees must run as user app, with its groups and no"
                                + " capabilities");
    }

    private PausedRestore prepared(Path folder) {
        return prepared(folder, Optional.empty());
    }

    private PausedRestore prepared(Path folder, Optional<RestoreUser> user) {
        scripted.waits = true;
        PausedRestore restore = restore(scripted, user);
        restore.prepare(folder, Optional.empty(), exit -> events.add(exit.describe()));
        return restore;
    }

    private PausedRestore restore(Restores restores, Optional<RestoreUser> user) {
        SerialWork work = new SerialWork(Runnable::run, Runnable::run, failures::add);
        return new PausedRestore(restores, user, Runnable::run, work, failures::add);
    }

    /** Allows restores, but cannot start any. */
    private record FailingRestores(IOException failure) implements Restores {
        @Override
        public boolean allowed() {
            return true;
        }

        @Override
        public HeldImages hold(Path folder) throws IOException {
            return HeldInventory.in(folder);
        }

        @Override
        public Paused start(Path folder, boolean lazy, int reader) throws IOException {
            throw failure;
        }

        @Override
        public AttachedDaemons lazyDaemons() {
            throw new IllegalStateException("not lazy");
        }

        @Override
        public Watchdog watch(Task root, OptionalInt kept) {
            throw new IllegalStateException("nothing is restored");
        }
    }
}
