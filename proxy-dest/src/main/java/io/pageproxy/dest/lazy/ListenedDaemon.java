package io.pageproxy.dest.lazy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoop;
import io.netty.util.ReferenceCountUtil;
import io.pageproxy.local.LocalPort;
import io.pageproxy.net.Endpoint;
import java.io.IOException;
import java.util.function.Consumer;

/** A daemon that the operator starts and that connects to us, once; it may never do so. */
final class ListenedDaemon implements LazyDaemon {
    private final PortOpener opener;
    private final Consumer<Endpoint> onListening;
    private final EventLoop loop;
    private final LazyDaemonListener listener;
    private LocalPort port;
    private Channel channel;
    private boolean serving;

    /** Opens the port at which the daemon connects. */
    @FunctionalInterface
    interface PortOpener {
        LocalPort open(EventLoop loop, ChannelHandler initializer)
                throws IOException, InterruptedException;
    }

    ListenedDaemon(
            PortOpener opener,
            Consumer<Endpoint> onListening,
            EventLoop loop,
            LazyDaemonListener listener) {
        this.opener = opener;
        this.onListening = onListening;
        this.loop = loop;
        this.listener = listener;
    }

    @Override
    public void start() throws IOException, InterruptedException {
        port = opener.open(loop, new LazyDaemonInitializer(listener, this::onConnected));
    }

    /** The daemon may connect before its session is ready; it is not read until then. */
    private void onConnected(Channel connected) {
        channel = connected;
        channel.config().setAutoRead(serving);
    }

    @Override
    public void serve() {
        serving = true;
        onListening.accept(port.address());
        if (channel != null && channel.isActive()) {
            channel.config().setAutoRead(true);
        } else if (channel != null) {
            listener.onDaemonGone();
        }
    }

    @Override
    public boolean hasExitStatus() {
        return false;
    }

    @Override
    public boolean send(ByteBuf piece) {
        if (channel == null) {
            ReferenceCountUtil.release(piece);
            return true;
        }
        channel.writeAndFlush(piece);
        return channel.isWritable();
    }

    @Override
    public void answerClose() {
        channel.writeAndFlush(LazyDaemonInitializer.goodStatus(channel));
    }

    @Override
    public void giveUp() {
        close();
    }

    @Override
    public void close() {
        port.abandon();
        if (channel != null) {
            channel.close();
        }
    }
}
