package io.pageproxy.dest.lazy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.unix.UnixChannel;
import io.pageproxy.async.Reactions;
import io.pageproxy.net.AdoptedSockets;
import io.pageproxy.posix.Posix;
import io.pageproxy.process.ChildProcess;
import io.pageproxy.process.ExitStatus;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;

/** A daemon that we start, on a socket of ours. */
final class ChildDaemon implements LazyDaemon {
    /** So long a daemon may take to end by itself when it has lost its socket. */
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    /** Where its exit status is lost: no success at any rate. */
    private static final int EXIT_NOT_KNOWN = 255;

    /** Starts the process. */
    @FunctionalInterface
    interface Launch {
        ChildProcess launch() throws IOException;
    }

    private final Launch launch;
    private final Optional<Path> images;
    private final EventLoop loop;
    private final LazyDaemonListener listener;
    private ChildProcess child;
    private Channel channel;

    ChildDaemon(Launch launch, Optional<Path> images, EventLoop loop, LazyDaemonListener listener) {
        this.launch = launch;
        this.images = images;
        this.loop = loop;
        this.listener = listener;
    }

    /** One that runs already. */
    ChildDaemon(ChildProcess child, Path images, EventLoop loop, LazyDaemonListener listener) {
        this(() -> child, Optional.of(images), loop, listener);
        this.child = child;
    }

    @Override
    public void start() throws IOException {
        child = launch.launch();
    }

    /** A second descriptor of our end of its socket, for who must keep it open. */
    int duplicateSocket() throws IOException {
        if (!channel.isOpen()) {
            throw new IOException("its socket is closed");
        }
        return Posix.duplicate(((UnixChannel) channel).fd().intValue());
    }

    @Override
    public Optional<Path> images() {
        return images;
    }

    @Override
    public OptionalInt pid() {
        return child == null ? OptionalInt.empty() : OptionalInt.of(child.pid());
    }

    @Override
    public void serve() {
        LazyDaemonInitializer pipeline = new LazyDaemonInitializer(listener);
        channel = AdoptedSockets.adopt(child.takeSocket(), loop, pipeline).channel();
        Reactions.when(
                child.exit(),
                loop,
                listener::onDaemonExit,
                lost -> listener.onDaemonExit(ExitStatus.exited(EXIT_NOT_KNOWN)));
    }

    @Override
    public boolean exitTells() {
        return true;
    }

    @Override
    public boolean send(ByteBuf piece) {
        channel.writeAndFlush(piece);
        return channel.isWritable();
    }

    @Override
    public void answerClose() {
        channel.writeAndFlush(LazyDaemonInitializer.goodStatus(channel));
    }

    /** Where it does not end soon it is told to. */
    @Override
    public void giveUp() {
        channel.close();
        loop.schedule(() -> child.terminate(PATIENCE), PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public void close() {
        channel.close();
    }
}
