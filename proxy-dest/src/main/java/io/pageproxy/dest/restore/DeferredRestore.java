package io.pageproxy.dest.restore;

import io.pageproxy.async.Reactions;
import io.pageproxy.criu.ActionScriptBarrier;
import io.pageproxy.criu.Task;
import io.pageproxy.dest.images.HeldImages;
import io.pageproxy.process.ExitStatus;
import io.pageproxy.runc.RuncCriu;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;

/**
 * A restore whose program is started only when its images are released; until then giving it up
 * ends it as a failed one. Thread-safe.
 */
final class DeferredRestore implements Restores.Paused, HeldImages {
    private static final ExitStatus GIVEN_UP = ExitStatus.exited(1);

    private final ActionScriptBarrier barrier;
    private final RuncCriu criu;
    private final HeldImages images;
    private final Launch launch;
    private final CompletableFuture<Void> ready = new CompletableFuture<>();
    private final CompletableFuture<ExitStatus> exit = new CompletableFuture<>();
    private volatile Optional<RestoreChild> child = Optional.empty();
    private boolean released;
    private boolean launching;
    private boolean givenUp;

    /** Starts the program; blocks. */
    @FunctionalInterface
    interface Launch {
        RestoreChild start() throws IOException;
    }

    /**
     * A restore that waits.
     *
     * @param barrier of its program, and {@code criu} which that uses; closed here only if it is
     *     never started
     * @param images for which others may wait too; closed with this
     */
    DeferredRestore(ActionScriptBarrier barrier, RuncCriu criu, HeldImages images, Launch launch) {
        this.barrier = barrier;
        this.criu = criu;
        this.images = images;
        this.launch = launch;
    }

    @Override
    public int addReader() throws IOException {
        return images.addReader();
    }

    @Override
    public void release(int reader) throws IOException {
        images.release(reader);
    }

    /** Starts the program; one that is given up meanwhile is given up when it has started. */
    @Override
    public void release() throws IOException {
        begin();
        try {
            images.release();
            RestoreChild started = launch.start();
            child = Optional.of(started);
            Reactions.when(started.ready(), ready::complete, ready::completeExceptionally);
            Reactions.when(started.exit(), exit::complete, exit::completeExceptionally);
        } finally {
            afterLaunch();
        }
    }

    private synchronized void begin() throws IOException {
        if (released || givenUp) {
            throw new IOException("the restore was given up before its images were there");
        }
        released = true;
        launching = true;
    }

    private synchronized void afterLaunch() {
        launching = false;
        if (givenUp) {
            endNow();
        }
    }

    @Override
    public CompletableFuture<Void> ready() {
        return ready;
    }

    @Override
    public CompletableFuture<ExitStatus> exit() {
        return exit;
    }

    @Override
    public void run() throws IOException {
        child.orElseThrow(() -> new IOException("the restore was not started")).run();
    }

    @Override
    public synchronized void giveUp() {
        givenUp = true;
        if (!launching) {
            endNow();
        }
    }

    private void endNow() {
        if (child.isPresent()) {
            child.get().giveUp();
        } else if (exit.complete(GIVEN_UP)) {
            RestoreChild.close(barrier);
            criu.close();
        }
    }

    /** Nothing more is to come for one that waits. */
    @Override
    public synchronized void close() throws IOException {
        if (!released) {
            giveUp();
        }
        images.close();
    }

    @Override
    public List<Long> killLeft() {
        return child.map(RestoreChild::killLeft).orElse(List.of());
    }

    @Override
    public List<Long> left() {
        return child.map(RestoreChild::left).orElse(List.of());
    }

    @Override
    public Optional<Task> root() {
        return child.flatMap(RestoreChild::root);
    }

    @Override
    public OptionalLong pid() {
        return child.map(RestoreChild::pid).orElse(OptionalLong.empty());
    }
}
