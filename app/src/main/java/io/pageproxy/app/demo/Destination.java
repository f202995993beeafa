package io.pageproxy.app.demo;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.ssl.SslHandler;
import io.pageproxy.cli.Version;
import io.pageproxy.dest.DestObserver;
import io.pageproxy.dest.DestProxy;
import io.pageproxy.dest.images.ImagesSync;
import io.pageproxy.dest.pageserver.PageServers;
import io.pageproxy.dest.policy.SessionPolicy;
import io.pageproxy.dest.session.DestConfig;
import io.pageproxy.dest.session.DestLimits;
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

/** A destination proxy in this process, for one session. */
final class Destination implements AutoCloseable {
    static final HostPort ANY_PORT = new HostPort("127.0.0.1", 0);

    /** The default timeouts, except that it stops immediately when told to. */
    static final Timeouts TIMEOUTS =
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
    interface PageServersSource {
        PageServers on(EventLoop loop) throws IOException;
    }

    private Destination(DestProxy proxy) {
        this.proxy = proxy;
        this.thread = new Thread(() -> serve(proxy), "destination");
        this.thread.setDaemon(true);
    }

    /**
     * Starts the proxy.
     *
     * @param imagesDir images dir
     * @throws IOException if the proxy or its page servers cannot start
     */
    static Destination start(
            Path imagesDir, Function<Channel, SslHandler> tls, PageServersSource pageServers)
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
                        true,
                        Version.agent());
        EventLoopGroup group = DestProxy.newEventLoops();
        Observer observer = new Observer();
        try {
            PageServers servers = pageServers.on(group.next());
            Destination destination =
                    new Destination(
                            new DestProxy(
                                    config, group, tls, servers, SessionPolicy.ANY, observer));
            observer.destination = destination;
            destination.thread.start();
            return destination;
        } catch (IOException | RuntimeException e) {
            group.shutdownGracefully();
            throw e;
        }
    }

    private void serve(DestProxy proxy) {
        try {
            proxy.run();
        } catch (IOException | InterruptedException e) {
            address.completeExceptionally(e);
        }
    }

    private static final class Observer implements DestObserver {
        private Destination destination;

        @Override
        public void onListening(Endpoint address) {
            destination.address.complete(((Endpoint.Tcp) address).address());
        }

        @Override
        public void onSessionOver(SessionReport report) {
            destination.report.complete(report);
        }
    }

    /** The address that it listens on. */
    HostPort address() throws IOException, InterruptedException {
        try {
            return address.get();
        } catch (ExecutionException e) {
            throw new IOException(e.getCause().getMessage(), e);
        }
    }

    /** Waits for the report of its session. */
    SessionReport report() throws InterruptedException {
        try {
            return report.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Stops the proxy and its page server; not interruptible. */
    @Override
    public void close() {
        Thread.interrupted();
        proxy.stop();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        proxy.close();
    }
}
