package io.pageproxy.dest.lazy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.pageproxy.process.ExitStatus;
import java.util.Optional;

/** A listener that ignores what the daemon does. */
public final class DeafListener implements LazyDaemonListener {

    /**
     * Takes the one daemon of a migration, without listening to it.
     *
     * @return makes the daemon lose its socket; to be run on that loop
     */
    public static Runnable take(AttachedDaemons daemons, EventLoop loop) {
        return daemons.daemon(Optional.empty(), loop, new DeafListener())::giveUp;
    }

    @Override
    public void onDaemonBytes(ByteBuf in) {}

    @Override
    public void onDaemonWritable(boolean writable) {}

    @Override
    public void onDaemonGone() {}

    @Override
    public void onNoDaemon() {}

    @Override
    public void onDaemonExit(ExitStatus exit) {}
}
