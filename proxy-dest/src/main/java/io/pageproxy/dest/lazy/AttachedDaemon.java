package io.pageproxy.dest.lazy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.pageproxy.process.ChildProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;

/**
 * A daemon that is started later than its session: when its images have arrived. To be used on the
 * session's event loop, except {@link #begin} and {@link #duplicateSocket}, which are for any
 * thread.
 */
final class AttachedDaemon implements LazyDaemon {
    private final EventLoop loop;
    private final LazyDaemonListener listener;
    private ChildDaemon begun;
    private boolean givenUp;

    AttachedDaemon(EventLoop loop, LazyDaemonListener listener) {
        this.loop = loop;
        this.listener = listener;
    }

    @Override
    public void start() {
        // Started by begin().
    }

    @Override
    public void serve() {
        // Served from begin() on.
    }

    /** The daemon was started; it is served from now on. */
    void begin(ChildProcess child, Path images) {
        loop.execute(
                () -> {
                    begun = new ChildDaemon(child, images, loop, listener);
                    begun.serve();
                    listener.onImagesThere();
                    if (givenUp) {
                        begun.giveUp();
                    }
                });
    }

    @Override
    public Optional<Path> images() {
        return begun == null ? Optional.empty() : begun.images();
    }

    @Override
    public OptionalInt pid() {
        return begun == null ? OptionalInt.empty() : begun.pid();
    }

    /** See {@link ChildDaemon#duplicateSocket}. */
    CompletableFuture<Integer> duplicateSocket() {
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return begun.duplicateSocket();
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                },
                loop);
    }

    @Override
    public boolean hasExitStatus() {
        return true;
    }

    @Override
    public boolean send(ByteBuf piece) {
        return begun.send(piece); // It exists, since it has requested the pages.
    }

    @Override
    public void answerClose() {
        begun.answerClose();
    }

    @Override
    public void giveUp() {
        givenUp = true;
        if (begun == null) {
            listener.onNoDaemon();
        } else {
            begun.giveUp();
        }
    }

    @Override
    public void close() {
        begun.close();
    }
}
