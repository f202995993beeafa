package io.pageproxy.source.dumper;

import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoop;
import io.pageproxy.net.AdoptedSockets;
import io.pageproxy.process.ChildLauncher;
import io.pageproxy.process.ChildProcess;
import io.pageproxy.process.ChildSpec;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * A dumper that we start, with us as its page server: on a socket, so that no plaintext port
 * exists. We never kill it: with its socket closed it fails, thaws its tasks and ends, while a
 * killed dumper could leave them frozen.
 */
public final class DumperChild {
    private final CompletableFuture<DumperEnd> end;

    private DumperChild(List<String> command, ChildProcess child, DumpLog log) {
        this.end = child.exit().thenApply(status -> DumperEnd.of(command, child, status, log));
    }

    /**
     * Starts the command with our socket as its page server.
     *
     * @throws IOException if it cannot be started; the message says why
     */
    public static DumperChild start(
            ChildLauncher launcher, DumpCommand command, EventLoop loop, ChannelHandler initializer)
            throws IOException {
        DumpLog log = command.logIn(launcher.directory());
        ChildProcess child =
                launcher.launch(
                        new ChildSpec(
                                command.withSocket(), command.environment(), Optional.empty()));
        AdoptedSockets.adopt(child.takeSocket(), loop, initializer);
        return new DumperChild(command.words(), child, log);
    }

    /** Completes when the dumper has ended, on a thread of its own. */
    public CompletableFuture<DumperEnd> end() {
        return end;
    }
}
