package io.pageproxy.dest.foresight;

import io.pageproxy.criu.Task;
import io.pageproxy.dest.images.HeldImages;
import io.pageproxy.dest.lazy.AttachedDaemons;
import io.pageproxy.dest.restore.Restores;
import io.pageproxy.session.CloseReason;
import io.pageproxy.session.SessionException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Restores that are only asked about.
 *
 * @param program the CRIU
 * @param impossible why no container can be restored
 * @param withConnections whether TCP connections would be restored
 */
record ToldRestores(String program, Optional<String> impossible, boolean withConnections)
        implements Restores {
    @Override
    public boolean allowed() {
        return true;
    }

    @Override
    public Optional<String> criu() {
        return Optional.of(program);
    }

    @Override
    public boolean tellsFiles() {
        return true;
    }

    @Override
    public Restores container(String id) {
        return this;
    }

    @Override
    public void requirePossible(boolean bundleComes) {
        impossible.ifPresent(
                why -> {
                    throw new SessionException(CloseReason.RESTORE_NOT_ALLOWED, why);
                });
    }

    @Override
    public HeldImages hold(Path folder) {
        throw new AssertionError("a question restores nothing");
    }

    @Override
    public Paused start(Path folder, boolean lazy, int reader) {
        throw new AssertionError("a question restores nothing");
    }

    @Override
    public AttachedDaemons lazyDaemons() {
        throw new AssertionError("a question restores nothing");
    }

    @Override
    public Watchdog watch(Task root, OptionalInt kept) {
        throw new AssertionError("a question restores nothing");
    }
}
