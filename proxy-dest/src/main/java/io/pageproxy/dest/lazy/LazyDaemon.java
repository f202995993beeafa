package io.pageproxy.dest.lazy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoop;
import io.pageproxy.net.AdoptedSockets;
import io.pageproxy.process.ChildProcess;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * The session's hold on its lazy-pages daemon. Nothing goes to it that it has not asked for. To be
 * used on the session's event loop.
 */
final class LazyDaemon {
    private static final int STATUS_GOOD = 0;

    /** So long a daemon may take to end by itself when it has lost its socket. */
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final ChildProcess child;
    private final EventLoop loop;
    private final ChannelFuture adopted;
    private final Channel channel;

    LazyDaemon(ChildProcess child, EventLoop loop, LazyDaemonListener listener) {
        this.child = child;
        this.loop = loop;
        this.adopted =
                AdoptedSockets.adopt(child.takeSocket(), loop, new LazyDaemonInitializer(listener));
        this.channel = adopted.channel();
        child.exit().thenAccept(exit -> loop.execute(() -> listener.onDaemonExit(exit)));
    }

    /** Completes when it can be spoken to. */
    ChannelFuture up() {
        return adopted;
    }

    /**
     * Hands it a piece of the answers; ownership passes.
     *
     * @return whether it keeps up
     */
    boolean send(ByteBuf piece) {
        channel.writeAndFlush(piece);
        return channel.isWritable();
    }

    /** Answers its CLOSE, on which it waits; whether all is well its exit code tells. */
    void answerClose() {
        channel.writeAndFlush(channel.alloc().directBuffer(Integer.BYTES).writeIntLE(STATUS_GOOD));
    }

    /** It loses its socket, on which it fails; where it does not end soon it is told to. */
    void giveUp() {
        channel.close();
        loop.schedule(() -> child.terminate(PATIENCE), PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Closes our end after its own. */
    void close() {
        channel.close();
    }
}
