package io.pageproxy.source.migrate.sync;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.pageproxy.frame.Frame;
import io.pageproxy.frame.Frame.Sync;
import io.pageproxy.frame.Frame.SyncReady;
import io.pageproxy.source.migrate.commit.Dialer;
import io.pageproxy.tunnel.TunnelListener;
import io.pageproxy.tunnel.TunnelPair;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;

/** A destination that takes files, one connection a pass. */
public final class ScriptedSyncs implements Dialer {
    private final EventLoopGroup group =
            new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private final List<Sync> greetings = new CopyOnWriteArrayList<>();
    private final List<TunnelPair> passes = new CopyOnWriteArrayList<>();
    private volatile BiConsumer<Sync, TunnelPair> onSync =
            (sync, pair) -> pair.say(new SyncReady());
    private volatile BiConsumer<Frame, TunnelPair> onFrame = (frame, pair) -> {};

    /** What it does when a pass begins. */
    public void onSync(BiConsumer<Sync, TunnelPair> action) {
        onSync = action;
    }

    /** What it does when anything else comes. */
    public void onFrame(BiConsumer<Frame, TunnelPair> action) {
        onFrame = action;
    }

    /** How the passes began, in order. */
    public List<Sync> greetings() {
        return greetings;
    }

    /** The connection of a pass. */
    public TunnelPair pass(int index) {
        return passes.get(index);
    }

    /** Whether all connections are over. */
    public boolean allOver() {
        return passes.stream().allMatch(TunnelPair::ended);
    }

    @Override
    public void dial(TunnelListener listener, Duration timeout) throws InterruptedException {
        int index = passes.size();
        TunnelPair pair = TunnelPair.connect(group, listener, frame -> heard(index, frame));
        passes.add(pair);
        pair.tunnel().channel().eventLoop().execute(() -> listener.onTunnelUp(pair.tunnel()));
    }

    private void heard(int index, Frame frame) {
        TunnelPair pair = passes.get(index);
        if (frame instanceof Sync sync) {
            greetings.add(sync);
            onSync.accept(sync, pair);
        } else {
            onFrame.accept(frame, pair);
        }
    }

    @Override
    public void close() {
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }
}
