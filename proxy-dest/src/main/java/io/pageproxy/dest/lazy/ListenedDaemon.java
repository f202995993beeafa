package io.pageproxy.dest.lazy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.ReferenceCountUtil;
import io.pageproxy.local.LocalPort;
import java.io.IOException;

/**
 * A daemon that somebody else starts and that connects to us, once; whether it comes we do not
 * know.
 */
final class ListenedDaemon implements LazyDaemon {
    private final ListenedDaemons door;
    private final EventLoop loop;
    private final LazyDaemonListener listener;
    private LocalPort port;
    private Channel channel;
    private boolean serving;

    ListenedDaemon(ListenedDaemons door, EventLoop loop, LazyDaemonListener listener) {
        this.door = door;
        this.loop = loop;
        this.listener = listener;
    }

    @Override
    public void start() throws IOException, InterruptedException {
        port = door.open(loop, new LazyDaemonInitializer(listener, this::onConnected));
    }

    /** It may come before its session is ready, and is not read until then. */
    private void onConnected(Channel connected) {
        channel = connected;
        channel.config().setAutoRead(serving);
    }

    @Override
    public void serve() {
        serving = true;
        door.onListening().accept(port.address());
        if (channel != null && channel.isActive()) {
            channel.config().setAutoRead(true);
        } else if (channel != null) {
            listener.onDaemonGone();
        }
    }

    @Override
    public boolean exitTells() {
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
