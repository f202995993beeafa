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

/** A daemon that is our child and inherits its socket from us. */
final class ChildDaemon implements LazyDaemon {
    /** How long a daemon may take to exit by itself after it has lost its socket. */
    private static final Duration EXIT_TIMEOUT = Duration.ofSeconds(2);

    /** Taken as the exit status if that is lost: a failure. */
    private static final int UNKNOWN_EXIT = 255;

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

    /** A daemon that was started already. */
    ChildDaemon(ChildProcess child, Path images, EventLoop loop, LazyDaemonListener listener) {
        this(() -> child, Optional.of(images), loop, listener);
        this.child = child;
    }

    @Override
    public void start() throws IOException {
        child = launch.launch();
    }

    /** A second descriptor of our end of its socket; the caller closes it. */
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
                lost -> listener.onDaemonExit(ExitStatus.exited(UNKNOWN_EXIT)));
    }

    @Override
    public boolean hasExitStatus() {
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

    /** Also terminates it if it does not exit soon. */
    @Override
    public void giveUp() {
        channel.close();
        loop.schedule(
                () -> child.terminate(EXIT_TIMEOUT),
                EXIT_TIMEOUT.toMillis(),
                TimeUnit.MILLISECONDS);
    }

    @Override
    public void close() {
        channel.close();
    }
}
