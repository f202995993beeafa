package io.pageproxy.dest.migrate;

import static org.assertj.core.api.Assertions.assertThat;

import io.pageproxy.criu.TreeWatchdog;
import io.pageproxy.dest.lazy.AttachedDaemons;
import io.pageproxy.dest.restore.Restores;
import io.pageproxy.dest.session.SerialWork;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class PausedRestoreTest {
    private static final Path FOLDER = Path.of("/srv/web");

    private final List<Throwable> failures = new ArrayList<>();

    @Test
    void failureToStartIsExplained() {
        startWithFailure(new AccessDeniedException("/srv/web/restore.log"));

        assertThat(failures)
                .singleElement()
                .isInstanceOf(SessionException.class)
                .extracting(failure -> ((SessionException) failure).reason())
                .isEqualTo(CloseReason.RESTORE_FAILED);
        assertThat(failures.get(0))
                .hasMessage(
                        "the restore could not be started: permission denied for"
                                + " /srv/web/restore.log");
    }

    private void startWithFailure(IOException failure) {
        SerialWork work = new SerialWork(Runnable::run, Runnable::run, failures::add);
        new PausedRestore(new FailingRestores(failure), Runnable::run, work, failures::add)
                .start(FOLDER, false, () -> {}, exit -> {});
    }

    /** Allows restores, but cannot start any. */
    private record FailingRestores(IOException failure) implements Restores {
        @Override
        public boolean allowed() {
            return true;
        }

        @Override
        public Paused start(Path folder, boolean lazy) throws IOException {
            throw failure;
        }

        @Override
        public AttachedDaemons lazyDaemons() {
            throw new IllegalStateException("not lazy");
        }

        @Override
        public TreeWatchdog watch(long root, OptionalInt kept) {
            throw new IllegalStateException("nothing is restored");
        }
    }
}
