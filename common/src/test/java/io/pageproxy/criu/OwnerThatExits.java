package io.pageproxy.criu;

import io.pageproxy.posix.Posix;
import io.pageproxy.process.ChildLauncher;
import io.pageproxy.process.ChildProcess;
import io.pageproxy.process.ChildSpec;
import io.pageproxy.process.ExitStatus;
import io.pageproxy.process.SocketPair;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** Starts a watchdog, for which this process ends before it has sent a single request. */
public final class OwnerThatExits implements ChildLauncher {
    private final ChildLauncher launcher;
    private ChildProcess watchdog;

    /** Starts it with that launcher. */
    public OwnerThatExits(ChildLauncher launcher) {
        this.launcher = launcher;
    }

    @Override
    public ChildProcess launch(ChildSpec spec) throws IOException {
        watchdog = launcher.launch(spec);
        Posix.close(watchdog.takeSocket());
        SocketPair unconnected = SocketPair.open(1);
        unconnected.channel().close();
        return new ChildProcess() {
            @Override
            public int pid() {
                return watchdog.pid();
            }

            @Override
            public int takeSocket() {
                return unconnected.descriptor();
            }

            @Override
            public CompletableFuture<ExitStatus> exit() {
                return watchdog.exit();
            }

            @Override
            public boolean signal(int signal) {
                return watchdog.signal(signal);
            }

            @Override
            public CompletableFuture<ExitStatus> terminate(Duration grace) {
                return watchdog.terminate(grace);
            }
        };
    }

    /** Returns when the watchdog has done what it was told to do. */
    public void awaitWatchdogExit() {
        watchdog.exit().join();
    }
}
