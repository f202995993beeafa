package io.pageproxy.dest.lazy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.pageproxy.process.ExitStatus;
import java.util.Optional;

/** Gives tests of other packages a daemon to which nobody listens. */
public final class DeafListeners {
    private DeafListeners() {}

    /**
     * Takes the one daemon of a migration.
     *
     * @return has it lose its socket; on that loop
     */
    public static Runnable take(AttachedDaemons daemons, EventLoop loop) {
        return daemons.daemon(
                        Optional.empty(),
                        loop,
                        new LazyDaemonListener() {
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
                        })
                ::giveUp;
    }
}
