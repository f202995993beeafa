package io.pageproxy.app.local;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.ssl.SslHandler;
import io.pageproxy.async.Uninterruptibly;
import io.pageproxy.cli.Version;
import io.pageproxy.dest.DestObserver;
import io.pageproxy.dest.DestProxy;
import io.pageproxy.dest.images.ImagesSync;
import io.pageproxy.dest.pageserver.PageServers;
import io.pageproxy.dest.policy.SessionPolicy;
import io.pageproxy.dest.restore.Restores;
import io.pageproxy.dest.session.DestConfig;
import io.pageproxy.dest.session.DestLimits;
import io.pageproxy.dest.sync.SyncServices;
import io.pageproxy.hook.Hooks;
import io.pageproxy.local.LocalUsers;
import io.pageproxy.net.Endpoint;
import io.pageproxy.net.HostPort;
import io.pageproxy.posix.Posix;
import io.pageproxy.session.HostFacts;
import io.pageproxy.session.SessionReport;
import io.pageproxy.session.Timeouts;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;

/** A destination proxy in this process, at the loopback address. */
public final class LocalDestination implements AutoCloseable {
    /** A free port of the loopback address. */
    public static final HostPort ANY_PORT = new HostPort("127.0.0.1", 0);

    /** The default timeouts, except that it stops immediately when told to. */
    public static final Timeouts TIMEOUTS =
            new Timeouts(
                    Timeouts.DEFAULT.handshake(),
                    Timeouts.DEFAULT.peer(),
                    Optional.empty(),
                    Duration.ZERO);

    private final DestProxy proxy;
    private final Thread thread;
    private final CompletableFuture<HostPort> address = new CompletableFuture<>();
    private final CompletableFuture<SessionReport> report = new CompletableFuture<>();

    /** Creates page servers; blocks. */
    @FunctionalInterface
    public interface PageServersSource {
        PageServers on(EventLoop loop) throws IOException;
    }

    /**
     * Starts it.
     *
     * @param imagesDir where it writes
     * @param once whether it stops after one session
     * @throws IOException if the proxy or its page servers cannot start
     */
    public LocalDestination(
            Path imagesDir,
            Function<Channel, SslHandler> tls,
            PageServersSource pageServers,
            Restores restores,
            boolean once)
            throws IOException {
        DestConfig config =
                new DestConfig(
                        new Endpoint.Tcp(ANY_PORT),
                        LocalUsers.anybody(),
                        imagesDir,
                        DestLimits.DEFAULT,
                        ImagesSync.DURABLE,
                        HostFacts.local(Posix.pageSizeBytes()),
                        TIMEOUTS,
                        DestConfig.DEFAULT_PAGE_SERVER_TIMEOUT,
                        once,
                        Version.agent());
        EventLoopGroup group = DestProxy.newEventLoops();
        try {
            proxy =
                    new DestProxy(
                            config,
                            group,
                            tls,
                            pageServers.on(group.next()),
                            SessionPolicy.ANY,
                            Optional.empty(),
                            restores,
                            Hooks.NONE,
                            SyncServices.NONE,
                            new Observer());
        } catch (IOException | RuntimeException e) {
            group.shutdownGracefully();
            throw e;
        }
        thread = new Thread(this::serve, "destination");
        thread.setDaemon(true);
        thread.start();
    }

    private void serve() {
        try {
            proxy.run();
        } catch (IOException | InterruptedException | RuntimeException e) {
            address.completeExceptionally(e);
        }
    }

    private final class Observer implements DestObserver {
        @Override
        public void onListening(Endpoint listening) {
            address.complete(((Endpoint.Tcp) listening).address());
        }

        @Override
        public void onSessionOver(SessionReport over) {
            report.complete(over);
        }
    }

    /**
     * The address that it listens on.
     *
     * @throws IOException if it cannot listen
     */
    public HostPort address() throws IOException, InterruptedException {
        try {
            return address.get();
        } catch (ExecutionException e) {
            throw new IOException(e.getCause().getMessage(), e);
        }
    }

    /** Waits for the report of its first session. */
    public SessionReport report() throws InterruptedException {
        try {
            return report.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Returns when its threads have ended; not interruptible. */
    @Override
    public void close() {
        proxy.stop();
        Uninterruptibly.run(thread::join);
        proxy.close();
    }
}
