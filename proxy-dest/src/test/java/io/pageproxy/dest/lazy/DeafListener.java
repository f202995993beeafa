package io.pageproxy.dest.lazy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.pageproxy.process.ExitStatus;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** A listener that ignores what the daemon does. */
public final class DeafListener implements LazyDaemonListener {

    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private LazyDaemon daemon;

    /** Takes the daemon of a migration and ignores its events. */
    public static DeafListener take(AttachedDaemons daemons, EventLoop loop) {
        DeafListener listener = new DeafListener();
        listener.daemon = daemons.daemon(Optional.empty(), loop, listener);
        return listener;
    }

    /** Closes the daemon's socket; call it on the event loop. */
    public void giveUp() {
        daemon.giveUp();
    }

    /** Completes when the daemon has ended or was never started. */
    public CompletableFuture<Void> ended() {
        return ended;
    }

    @Override
    public void onDaemonBytes(ByteBuf in) {}

    @Override
    public void onDaemonWritable(boolean writable) {}

    @Override
    public void onDaemonGone() {}

    @Override
    public void onNoDaemon() {
        ended.complete(null);
    }

    @Override
    public void onDaemonExit(ExitStatus exit) {
        ended.complete(null);
    }

    @Override
    public void onImagesThere() {}
}
